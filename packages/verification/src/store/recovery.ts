import { BUCKETS } from '@watchword/contracts';
import type { RecoveryPhase } from './buckets.ts';
import type { StoreContext } from './context.ts';
import { stateFault } from './scripts.ts';

/** How long the figures of a run are kept after its last word: long enough for whoever comes to look. */
const PROGRESS_KEPT_MS = 3_600_000;

/** What one dispatcher's run is doing, or has done last. Times are ms since 1970 by its own clock. */
export interface RecoveryRun {
  /** `reading`, then `settling`; `done` and `failed` (it will be tried again) are the last word of a run. */
  state: 'reading' | 'settling' | 'done' | 'failed';
  buckets: number;
  /** The topic that is being read, or was last. */
  topic: string;
  /** Of that topic. */
  read: number;
  total: number;
  /** Events of all topics that were handled in the parts of this recovery that are done, and in the one that goes on. */
  records: number;
  /** Those of them that could not be: what they would restore is missing. */
  skipped: number;
  /** Why it failed last: an error's code. */
  fault?: string;
  /** The same for all parts and tries of a recovery. */
  startedAt: number;
  at: number;
}

/** `lost`: nobody has noticed yet. `asked`: by hand, and not begun yet. */
type BucketState = RecoveryPhase | 'lost' | 'asked';

export interface RecoveryProgress {
  /** By Redis' clock. */
  now: number;
  /** How many buckets are in each state. All `ready`: nothing is being recovered. */
  buckets: Readonly<Record<BucketState, number>>;
  /** By the dispatcher's instance name. */
  runs: Readonly<Record<string, RecoveryRun>>;
}

/** Markers: what a bucket's recovery waits for, and how far it is. */
export function createRecovery({ run, keys, redis }: StoreContext) {
  return {
    /**
     * Ends a part of a bucket's recovery.
     *
     * @param noticedAt as the sweep named it
     * @returns changed: Redis was lost again meanwhile, and another recovery is to be done
     */
    async endRecovery(
      bucket: number,
      part: 'reading' | 'settling',
      noticedAt: number,
    ): Promise<'settling' | 'ready' | 'changed'> {
      const reply = await run('endRecovery', [keys.marker(bucket)], [part, noticedAt]);
      return (reply as ['settling' | 'ready' | 'changed', number])[0];
    },

    /** Asks the bucket's dispatcher to read its events of that time and later again, whether anything is lost or not. */
    async askRecovery(bucket: number, fromMs: number): Promise<void> {
      await run('askRecovery', [keys.marker(bucket)], [Math.round(fromMs)]);
    },

    /** How far recoveries are, over all buckets. */
    async readRecovery(): Promise<RecoveryProgress> {
      const states = (await Promise.all(
        Array.from({ length: BUCKETS }, async (_, bucket) => run('readRecovery', [keys.marker(bucket)], [])),
      )) as [number, BucketState][];
      const buckets: Record<BucketState, number> = { ready: 0, reading: 0, settling: 0, lost: 0, asked: 0 };
      for (const [, state] of states) buckets[state] += 1;
      try {
        const told = Object.entries(await redis.hgetall(keys.recovery()));
        const runs = Object.fromEntries(told.map(([instance, text]) => [instance, JSON.parse(text) as RecoveryRun]));
        return { now: Math.max(...states.map(([now]) => now)), buckets, runs };
      } catch (cause) {
        throw stateFault('readRecovery', cause);
      }
    },

    async reportRecovery(instance: string, figures: RecoveryRun): Promise<void> {
      try {
        await redis.hset(keys.recovery(), instance, JSON.stringify(figures));
        await redis.pexpire(keys.recovery(), PROGRESS_KEPT_MS);
      } catch (cause) {
        throw stateFault('reportRecovery', cause);
      }
    },
  };
}
