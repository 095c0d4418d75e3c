export interface BackOff {
  /** The attempt that has just failed, counting from 1. */
  attempt: number;
  /** The widest delay after the first attempt; it doubles with each further one. */
  baseMs: number;
  maxMs: number;
  /** In [0, 1). */
  random: () => number;
}

/**
 * A delay in [0, min(maxMs, baseMs × 2^(attempt-1))), "full jitter": jobs that failed together come back spread over the
 * whole interval (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @returns whole milliseconds
 */
export function computeBackoff({ attempt, baseMs, maxMs, random }: BackOff): number {
  // The exponent is bounded: 0 × Infinity would be no number.
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.min(30, Math.max(0, attempt - 1)));
  return Math.floor(random() * ceilingMs);
}
