import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findOnPath } from './find-on-path.ts';

const INSTALL_TIMEOUT_MS = 10 * 60_000;
/** Another apt-get may hold the lock on the lists, for which apt itself does not wait. */
const LISTS_LOCK_TRIES = 30;
const LISTS_LOCK_PAUSE_MS = 2_000;
/** apt's progress for a JDK is some 20 kB. */
const OUTPUT_BYTES_MAX = 10 * 1024 * 1024;

type InstallAnswer = { outcome: 'installed' } | { outcome: 'failed'; reason: string };

/** Installs Debian packages where that is possible: as root, with apt-get. */
export interface Installer {
  /** Why nothing can be installed here, or undefined. */
  unusable: string | undefined;
  /** Installs the first of the alternatives that exists; what is asked meanwhile waits. */
  install(purpose: string, alternatives: readonly string[]): Promise<InstallAnswer>;
  /** Downloads a package's archive into a folder and installs nothing. Does not need root where apt's lists are fresh. */
  download(name: string, folder: string): Promise<InstallAnswer>;
}

export function createAptInstaller(onProgress: (line: string) => void): Installer {
  const unusable = whyUnusable();
  let queue: Promise<unknown> = Promise.resolve();
  return {
    unusable,
    install(purpose, alternatives) {
      const turn = queue.then(() => installFirst(purpose, alternatives, onProgress));
      queue = turn;
      return turn;
    },
    download: async (name, folder) => downloadInto(name, folder),
  };
}

function whyUnusable(): string | undefined {
  if (findOnPath('apt-get') === undefined) return 'there is no apt-get';
  return process.getuid?.() === 0 ? undefined : 'apt-get needs root';
}

async function installFirst(
  purpose: string,
  alternatives: readonly string[],
  onProgress: (line: string) => void,
): Promise<InstallAnswer> {
  onProgress(`Installing ${alternatives[0]} by apt-get (${purpose}) ...`);
  // First without an update: fresh lists are common, and an update takes longer than the installation.
  for (const updated of [false, true]) {
    if (updated) await aptGet(['update', '-qq']);
    for (const name of alternatives) {
      const answer = await aptGet(['install', '-y', '-qq', '--no-install-recommends', name]);
      if (answer.outcome === 'installed') return answer;
    }
  }
  return { outcome: 'failed', reason: `apt-get could not install ${alternatives.join(' or ')}` };
}

async function downloadInto(name: string, folder: string): Promise<InstallAnswer> {
  if (findOnPath('apt-get') === undefined) return { outcome: 'failed', reason: 'there is no apt-get' };
  const first = await aptGet(['download', name], folder);
  if (first.outcome === 'installed') return first;
  await aptGet(['update', '-qq']);
  const second = await aptGet(['download', name], folder);
  return second.outcome === 'installed'
    ? second
    : { outcome: 'failed', reason: `apt-get could not download ${name}: ${second.reason}` };
}

async function aptGet(args: readonly string[], cwd = process.cwd()): Promise<InstallAnswer> {
  const env = {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
    // Only the programs are wanted: systemctl, as called by the package's scripts, starts no system service then.
    SYSTEMD_OFFLINE: '1',
  };
  for (let attempt = 1; ; attempt++) {
    try {
      await promisify(execFile)('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
        cwd,
        env,
        timeout: INSTALL_TIMEOUT_MS,
        maxBuffer: OUTPUT_BYTES_MAX,
      });
      return { outcome: 'installed' };
    } catch (error) {
      const reason = String((error as { stderr?: unknown }).stderr ?? error).trim();
      if (attempt === LISTS_LOCK_TRIES || !/could not get lock/i.test(reason)) return { outcome: 'failed', reason };
      await sleep(LISTS_LOCK_PAUSE_MS);
    }
  }
}
