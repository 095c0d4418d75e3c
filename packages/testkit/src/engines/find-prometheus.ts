import { execFile } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createAptInstaller } from './apt.ts';
import { fetchOnce, type Fetched } from './fetch-once.ts';
import { findOnPath } from './find-on-path.ts';

/** Unpacking 100 MB on a slow disk. */
const UNPACK_TIMEOUT_MS = 120_000;
/** Its binaries need nothing but the C library. */
const DEBIAN_PACKAGE = 'prometheus';

export interface PrometheusFiles {
  promtool: string;
  prometheus: string;
}

/**
 * Prometheus and its tool from the path, else out of Debian's package. That is unpacked and not installed: its installation would
 * start a Prometheus of the system.
 *
 * @throws Error with what is missing
 */
export async function findPrometheus(onProgress: (line: string) => void): Promise<PrometheusFiles> {
  const [promtool, prometheus] = [findOnPath('promtool'), findOnPath('prometheus')];
  if (promtool !== undefined && prometheus !== undefined) return { promtool, prometheus };
  const fetched = await fetchPackage(onProgress);
  if (fetched.outcome === 'missing') throw new Error(`Prometheus is not on the path, and ${fetched.reason}`);
  const bin = join(fetched.path, 'usr/bin');
  return { promtool: join(bin, 'promtool'), prometheus: join(bin, 'prometheus') };
}

async function fetchPackage(onProgress: (line: string) => void): Promise<Fetched> {
  return fetchOnce(`${DEBIAN_PACKAGE}-debian`, { from: 'Debian', onProgress }, async (folder) => {
    const downloaded = await createAptInstaller(onProgress).download(DEBIAN_PACKAGE, folder);
    if (downloaded.outcome === 'failed') return { outcome: 'missing', reason: downloaded.reason };
    const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
    if (archive === undefined) return { outcome: 'missing', reason: `apt-get downloaded no ${DEBIAN_PACKAGE}` };
    await promisify(execFile)('dpkg-deb', ['--extract', join(folder, archive), folder], { timeout: UNPACK_TIMEOUT_MS });
    rmSync(join(folder, archive));
    return { outcome: 'found', path: folder };
  });
}
