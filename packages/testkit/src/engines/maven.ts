import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { waitForLock } from '../process-life.mjs';
import type { Installer } from './apt.ts';
import { findOnPath } from './find-on-path.ts';

/** Pinned: the version that an old Maven takes by itself does not know `unpack -Dartifact`. */
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
/** 44 MB took 6 s here; a slow line needs minutes. */
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;

export type Fetched = { outcome: 'found'; path: string } | { outcome: 'missing'; reason: string };

/** `<group>:<artifact>:<version>` */
export type Coordinates = `${string}:${string}:${string}`;

/** Shared by all clones of this user; nothing in it is ever changed, so it can be deleted at any time. */
function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'watchword');
}

/** The folder with the jars of these artefacts and all that they need, from the cache or from Maven Central. */
export function fetchJars(
  name: string,
  artefacts: readonly Coordinates[],
  tools: { installer: Installer; onProgress: (line: string) => void },
): Promise<Fetched> {
  return fetchOnce(name, tools, async (mvn, folder) => {
    const pom = `${folder}.pom.xml`;
    writeFileSync(pom, pomOf(artefacts));
    try {
      await runMaven(mvn, ['-f', pom, `${DEPENDENCY_PLUGIN}:copy-dependencies`, '-DincludeScope=runtime', out(folder)]);
    } finally {
      rmSync(pom);
    }
  });
}

/** The folder with one jar unpacked, from the cache or from Maven Central. */
export function fetchUnpacked(
  name: string,
  artefact: Coordinates,
  tools: { installer: Installer; onProgress: (line: string) => void },
): Promise<Fetched> {
  return fetchOnce(name, tools, (mvn, folder) =>
    runMaven(mvn, [`${DEPENDENCY_PLUGIN}:unpack`, `-Dartifact=${artefact}:jar`, out(folder)]),
  );
}

function out(folder: string): string {
  return `-DoutputDirectory=${folder}`;
}

async function fetchOnce(
  name: string,
  tools: { installer: Installer; onProgress: (line: string) => void },
  fetch: (mvn: string, folder: string) => Promise<void>,
): Promise<Fetched> {
  const path = join(cacheFolder(), name);
  if (existsSync(path)) return { outcome: 'found', path };
  const mvn = await findMaven(tools.installer);
  if (mvn.outcome === 'missing') return mvn;
  mkdirSync(dirname(path), { recursive: true });
  const lock = await waitForLock(`${path}.lock`, {
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
    onWait: () => tools.onProgress(`Waiting for another clone that is fetching ${name} ...`),
  });
  // Renamed when it is complete: a folder in the cache is never half a download.
  const draft = mkdtempSync(`${path}.`);
  try {
    if (existsSync(path)) return { outcome: 'found', path };
    tools.onProgress(`Fetching ${name} from Maven Central into ${path} ...`);
    await fetch(mvn.path, draft);
    renameSync(draft, path);
    return { outcome: 'found', path };
  } catch (error) {
    const { stdout, message } = error as { stdout?: string; message: string };
    const told = stdout?.split('\n').find((line) => line.includes('ERROR'));
    return { outcome: 'missing', reason: `Maven could not fetch ${name}: ${told ?? message}` };
  } finally {
    rmSync(draft, { recursive: true, force: true });
    lock.release();
  }
}

async function findMaven(installer: Installer): Promise<Fetched> {
  const path = findOnPath('mvn');
  if (path !== undefined) return { outcome: 'found', path };
  if (installer.unusable !== undefined)
    return { outcome: 'missing', reason: `Maven is missing, ${installer.unusable}` };
  const answer = await installer.install('Maven, to fetch jars', ['maven']);
  return answer.outcome === 'installed'
    ? { outcome: 'found', path: 'mvn' }
    : { outcome: 'missing', reason: `Maven is missing, ${answer.reason}` };
}

async function runMaven(mvn: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(mvn, ['-q', '-B', '-ntp', ...args], { cwd: cacheFolder(), timeout: DOWNLOAD_TIMEOUT_MS });
}

function pomOf(artefacts: readonly Coordinates[]): string {
  const dependencies = artefacts.map((coordinates) => {
    const [group, artefact, version] = coordinates.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artefact}</artifactId><version>${version}</version></dependency>`;
  });
  return (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>' +
    '<groupId>watchword</groupId><artifactId>engines</artifactId><version>1</version>' +
    `<dependencies>${dependencies.join('')}</dependencies></project>\n`
  );
}
