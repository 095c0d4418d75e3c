import { createHash } from 'node:crypto';
import { BUCKETS } from '@watchword/contracts';
import type { LivingProcess } from '@watchword/verification';

/**
 * The buckets that one dispatcher looks after, by rendezvous hashing: each bucket goes to the living dispatcher with the
 * highest hash, so that a change of one dispatcher moves only its own buckets. Alone, or not yet in the list, it takes all.
 */
export function ownedBuckets(mine: string, dispatchers: readonly string[], buckets: number): number[] {
  const others = dispatchers.filter((instance) => instance !== mine);
  return Array.from({ length: buckets }, (_, bucket) => bucket).filter((bucket) => {
    const own = weigh(mine, bucket);
    return others.every((other) => weigh(other, bucket) < own);
  });
}

/** The buckets are shared anew only when the dispatchers change. */
export function rememberOwned(mine: string): (living: readonly LivingProcess[]) => number[] {
  let known = '';
  let owned = ownedBuckets(mine, [], BUCKETS);
  return (living) => {
    const dispatchers = living.filter(({ role }) => role === 'dispatcher').map(({ instance }) => instance);
    const now = dispatchers.join('|');
    if (now !== known) {
      known = now;
      owned = ownedBuckets(mine, dispatchers, BUCKETS);
    }
    return owned;
  };
}

function weigh(instance: string, bucket: number): string {
  return createHash('sha256').update(`${bucket}|${instance}`).digest('base64url');
}
