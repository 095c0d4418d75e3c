/** Messages a second to each provider, of this process: a token bucket each, full at first, of a second's worth or one. */
export interface Throughput {
  isSpent(provider: string): boolean;
  take(provider: string): void;
}

/**
 * @param rateOf messages a second (configuration `max_per_second`); undefined: any number
 * @param now milliseconds of any clock that only goes forward
 */
export function createThroughput(
  rateOf: (provider: string) => number | undefined,
  now: () => number = () => performance.now(),
): Throughput {
  const buckets = new Map<string, { tokens: number; atMs: number }>();

  function fill(provider: string): { tokens: number } | undefined {
    const rate = rateOf(provider);
    if (rate === undefined) return undefined;
    const size = Math.max(1, rate);
    const atMs = now();
    const before = buckets.get(provider) ?? { tokens: size, atMs };
    const bucket = { tokens: Math.min(size, before.tokens + ((atMs - before.atMs) / 1_000) * rate), atMs };
    buckets.set(provider, bucket);
    return bucket;
  }

  return {
    isSpent(provider) {
      const bucket = fill(provider);
      return bucket !== undefined && bucket.tokens < 1;
    },
    take(provider) {
      const bucket = fill(provider);
      if (bucket) bucket.tokens -= 1;
    },
  };
}
