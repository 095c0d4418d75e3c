/** Who failed lately and is left alone for a while: each failure doubles the while. */
export interface RetryLater {
  waits(key: string): boolean;
  /** @returns how many times in a row it has failed */
  failed(key: string): number;
  worked(key: string): void;
  /** How many have failed and not worked since. */
  size(): number;
}

export interface RetryLaterOptions {
  firstMs: number;
  maxMs: number;
  /** Above it the one that failed longest ago is forgotten, and so tried sooner than it should. */
  most: number;
  now: () => number;
}

export function createRetryLater({ firstMs, maxMs, most, now }: RetryLaterOptions): RetryLater {
  /** In the order of their last failures. */
  const failing = new Map<string, { tries: number; failedAt: number; until: number }>();

  /** Those that were due long ago and did not come: somebody else has dealt with them. */
  function forget(): void {
    for (const [key, { failedAt }] of failing) {
      if (failing.size <= most && now() - failedAt < 2 * maxMs) return;
      failing.delete(key);
    }
  }

  return {
    waits: (key) => now() < (failing.get(key)?.until ?? 0),
    failed(key) {
      const tries = (failing.get(key)?.tries ?? 0) + 1;
      failing.delete(key);
      failing.set(key, {
        tries,
        failedAt: now(),
        until: now() + Math.min(maxMs, firstMs * 2 ** Math.min(tries - 1, 30)),
      });
      forget();
      return tries;
    },
    worked: (key) => void failing.delete(key),
    size() {
      forget();
      return failing.size;
    },
  };
}
