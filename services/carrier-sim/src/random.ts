import { createHash } from 'node:crypto';

/** Gives numbers in [0, 1), always the same ones for the same seed. */
export type Random = () => number;

/**
 * A stream of pseudo-random numbers (sfc32, by Chris Doty-Humphrey). `label` gives each provider a stream of its own, so
 * that how one behaves does not depend on how its requests interleave with another's.
 */
export function createRandom(seed: number, label = ''): Random {
  const digest = createHash('sha256').update(`${seed}|${label}`).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = digest.readInt32LE(12);
  return () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}

/** A standard normal number from two uniform ones (Box-Muller). */
export function toNormal(first: number, second: number): number {
  return Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
}
