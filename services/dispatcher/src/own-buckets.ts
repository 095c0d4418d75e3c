import { createHash } from 'node:crypto';

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

function weigh(instance: string, bucket: number): string {
  return createHash('sha256').update(`${bucket}|${instance}`).digest('base64url');
}
