import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 20;

/**
 * Asks until the answer is neither false, null nor undefined, and returns it. `what` completes the error's sentence
 * "Waited 5000 ms for <what>". A condition that throws counts as not yet true; its last error is the error's cause.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: { timeoutMs: number; intervalMs?: number; what: string },
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await condition();
      if (answer !== false && answer !== null && answer !== undefined) {
        return answer as Exclude<T, false | null | undefined>;
      }
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(
        `Waited ${options.timeoutMs} ms for ${options.what}`,
        cause === undefined ? undefined : { cause },
      );
    }
    await sleep(options.intervalMs ?? INTERVAL_MS);
  }
}
