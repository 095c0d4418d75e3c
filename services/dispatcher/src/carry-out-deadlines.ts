import type { Logger } from 'pino';
import type { Mover } from './move-verification.ts';
import { createRetryLater, type RetryLater } from './retry-later.ts';
import { createFaultTeller } from './tell-faults.ts';

/** Verifications moved at the same time because of deadlines: a round trip or two each, so thousands a second. */
const MOVES_AT_ONCE = 64;
/** Taken over from looks and not yet begun; the rest stays due, and the next look brings it again. */
const WAITING_MAX = 2_000;
/** Deadlines of one bucket that one look takes, beside those that are under way or failed lately. */
const DEADLINES_PER_LOOK = 200;
/** A verification has this many kinds of deadline at most. */
const KINDS = 4;
/** A verification that cannot be moved: soon again, since its code has little time, and then ever more rarely. */
const RETRY = { firstMs: 1_000, maxMs: 30_000, most: 500 };

export interface DeadlineWork {
  /** How many deadlines of a bucket to ask for: what keeps failing stays at its head and must not hide the rest. */
  wants(bucket: number): number;
  /** Takes over what a look found due. Returns at once. */
  offer(bucket: number, due: readonly { id: string; kind?: string }[]): void;
  /** Begins nothing more; resolves when what was begun has ended. */
  stop(): Promise<void>;
}

interface BucketWork {
  /** Taken over and not ended. */
  moving: Set<string>;
  failing: RetryLater;
}

/** Moves verifications whose deadline is due, beside the looks: a move may wait for Redis or the queue, a look does not. */
export function createDeadlineWork(deps: { move: Mover; log: Logger; now?: () => number }): DeadlineWork {
  const now = deps.now ?? (() => performance.now());
  const tell = createFaultTeller(deps.log, now);
  const buckets = new Map<number, BucketWork>();
  const waiting: { id: string; work: BucketWork }[] = [];
  const running = new Set<Promise<void>>();

  const workOf = (bucket: number): BucketWork => {
    let work = buckets.get(bucket);
    if (!work) buckets.set(bucket, (work = { moving: new Set(), failing: createRetryLater({ ...RETRY, now }) }));
    return work;
  };

  async function carryOut(id: string, { moving, failing }: BucketWork): Promise<void> {
    try {
      await deps.move(id, 'deadline');
      failing.worked(id);
    } catch (error) {
      // it stays due: a later look tries again
      failing.failed(id);
      tell(error, 'a deadline could not be carried out', { verification: id });
    } finally {
      moving.delete(id);
    }
  }

  function pump(): void {
    while (running.size < MOVES_AT_ONCE) {
      const next = waiting.shift();
      if (!next) return;
      const move = carryOut(next.id, next.work).then(() => {
        running.delete(move);
        pump();
      });
      running.add(move);
    }
  }

  let stopped = false;
  return {
    wants(bucket) {
      const { moving, failing } = workOf(bucket);
      return DEADLINES_PER_LOOK + KINDS * (moving.size + failing.size());
    },
    offer(bucket, due) {
      const work = workOf(bucket);
      for (const { id } of due) {
        if (stopped || waiting.length >= WAITING_MAX) break;
        if (work.moving.has(id) || work.failing.waits(id)) continue;
        work.moving.add(id);
        waiting.push({ id, work });
      }
      pump();
    },
    async stop() {
      stopped = true;
      waiting.length = 0;
      await Promise.all(running);
    },
  };
}
