import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { waitForLock } from '../process-life.mjs';

/** 44 MB took 6 s here; a slow line needs minutes. */
export const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;

export type Fetched = { outcome: 'found'; path: string } | { outcome: 'missing'; reason: string };

/** Shared by all clones of this user; nothing in it is ever changed, so it can be deleted at any time. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'watchword');
}

/**
 * A folder of the cache. Where it is not there yet `fill` is given an empty one; it gets its name when it is complete, so a
 * folder in the cache is never half a download. Clones wait for each other.
 */
export async function fetchOnce(
  name: string,
  { from, onProgress }: { from: string; onProgress: (line: string) => void },
  fill: (folder: string) => Promise<Fetched>,
): Promise<Fetched> {
  const path = join(cacheFolder(), name);
  if (existsSync(path)) return { outcome: 'found', path };
  mkdirSync(dirname(path), { recursive: true });
  const lock = await waitForLock(`${path}.lock`, {
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
    onWait: () => onProgress(`Waiting for another clone that is fetching ${name} ...`),
  });
  const draft = mkdtempSync(`${path}.`);
  try {
    if (existsSync(path)) return { outcome: 'found', path };
    onProgress(`Fetching ${name} from ${from} into ${path} ...`);
    const filled = await fill(draft);
    if (filled.outcome === 'missing') return filled;
    renameSync(draft, path);
    return { outcome: 'found', path };
  } finally {
    rmSync(draft, { recursive: true, force: true });
    lock.release();
  }
}
