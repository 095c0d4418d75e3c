import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from '../process-life.mjs';
import { enginesUnavailable } from './engine.ts';
import { endStaleEngine } from './engine-process.ts';

/** More runs at once in one clone are a mistake, not a wish: each has a Kafka of 340 MB. */
const INSTANCES_MAX = 16;

export interface InstanceFolder {
  path: string;
  /** Lets another run have the folder, with its data or without. */
  release(): void;
}

/**
 * The first numbered folder under `dataDir` that no living process uses, taken by a lock file with this process's
 * identity. So runs beside each other have a folder each, and a run after another finds its data again. Engines that a
 * killed run left in it are ended first. Without `keepData` the folder begins empty and is deleted at the release.
 */
export async function claimInstanceFolder(dataDir: string, options: { keepData: boolean }): Promise<InstanceFolder> {
  for (let number = 1; number <= INSTANCES_MAX; number++) {
    const path = join(dataDir, String(number));
    const lock = tryLock(join(dataDir, `${number}.lock`));
    if (lock.outcome === 'busy') continue;
    const drop = (): void => {
      if (!options.keepData) rmSync(path, { recursive: true, force: true });
    };
    await Promise.all(globSync(join(path, '*/*.pid')).map(endStaleEngine));
    drop();
    return {
      path,
      release() {
        drop();
        lock.release();
      },
    };
  }
  throw enginesUnavailable(`${INSTANCES_MAX} runs use ${dataDir} at once. End some of them.`);
}
