import type { IncomingEvent } from '@watchword/bus';
import { BaseError, parseVerificationId } from '@watchword/contracts';

/**
 * How long a bucket may not answer while events are merged: longer than a hiccup, and far below what a read takes for a stand-still
 * of the whole. The others' events wait behind its own meanwhile.
 */
export const BUCKET_AWAY_MAX_MS = 5_000;

export interface MergeByBucket {
  /** @throws what `merge` throws, while it is worth another try */
  handle: (event: IncomingEvent) => Promise<void>;
  /** The buckets that were away for too long, with their faults: what is read of them after that is left out. */
  away: ReadonlyMap<number, unknown>;
}

/** Merges events of some buckets, each of which may be on a Redis of its own: one that is lost again does not hold up the rest. */
export function mergeByBucket(
  merge: (event: IncomingEvent) => Promise<void>,
  buckets: ReadonlySet<number>,
  now: () => number,
): MergeByBucket {
  const failingSince = new Map<number, number>();
  const away = new Map<number, unknown>();
  return {
    away,
    async handle(event) {
      const bucket = parseVerificationId(event.key)?.bucket;
      if (bucket === undefined || !buckets.has(bucket) || away.has(bucket)) return;
      try {
        await merge(event);
        failingSince.delete(bucket);
      } catch (error) {
        if (!(error instanceof BaseError && error.code === 'OTP_STATE_UNAVAILABLE')) throw error;
        const since = failingSince.get(bucket) ?? now();
        failingSince.set(bucket, since);
        if (now() - since < BUCKET_AWAY_MAX_MS) throw error;
        away.set(bucket, error);
      }
    },
  };
}
