export interface BackOff {
  firstMs: number;
  maxMs: number;
}

/** Doubling from `firstMs` to `maxMs`, times 0.5 to 1 by `random` (0-1), so that many waiters do not come back at once. */
export function backOffMs(attempt: number, bounds: BackOff, random: number): number {
  const ceilingMs = Math.min(bounds.maxMs, bounds.firstMs * 2 ** Math.min(attempt, 30));
  return Math.max(bounds.firstMs / 2, ceilingMs * (0.5 + random / 2));
}

/** Resolves after `delayMs`, or at once when `signal` is or becomes aborted. Never rejects. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Whether `work` settled within `limitMs`. Its failure counts as settled. */
export async function settlesWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const late = new AbortController();
  const outcome = await Promise.race([
    work.then(
      () => true,
      () => true,
    ),
    pause(Math.max(0, limitMs), late.signal).then(() => false),
  ]);
  late.abort();
  return outcome;
}
