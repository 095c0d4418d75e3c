import { computeBackoff } from '@watchword/queues';

/** Tries by the queue, after which a send is given up; the life of the code ends most of them earlier. */
export const TRIES_MAX = 8;
const BASE_MS = 1_000;
const MAX_MS = 15_000;
/** Less than this before the step or the life ends is no time for another try. */
const LEFT_MIN_MS = 3_000;

/**
 * How long the queue waits before it runs a send again that every provider refused for the moment.
 *
 * @param leftMs what is left of the step and the life
 * @returns ms, or undefined where there is no time or no try left
 */
export function decideBackoff(input: {
  tries: number;
  retryAfterMs: number | undefined;
  leftMs: number;
  random: () => number;
}): number | undefined {
  if (input.tries + 1 >= TRIES_MAX) return undefined;
  const { random } = input;
  const jittered = BASE_MS / 2 + computeBackoff({ attempt: input.tries + 1, baseMs: BASE_MS, maxMs: MAX_MS, random });
  const delayMs = Math.round(Math.max(jittered, input.retryAfterMs ?? 0));
  return delayMs + LEFT_MIN_MS <= input.leftMs ? delayMs : undefined;
}
