import { computeBackoff } from '@watchword/queues';

/** Attempts of one send, after which it is given up; the life of the code ends most sends earlier. */
const ATTEMPTS_PER_SEND_MAX = 12;
/** A provider that throttles is worth a second try after a second. */
const BASE_MS = 1_000;
/** A fortieth of a code's usual life, so that one more try always fits. */
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
  /** Of this send, this one included. */
  attempts: number;
  retryAfterMs: number | undefined;
  leftMs: number;
  random: () => number;
}): number | undefined {
  if (input.attempts >= ATTEMPTS_PER_SEND_MAX) return undefined;
  const { random } = input;
  const jittered = BASE_MS / 2 + computeBackoff({ attempt: input.attempts, baseMs: BASE_MS, maxMs: MAX_MS, random });
  const delayMs = Math.round(Math.max(jittered, input.retryAfterMs ?? 0));
  return delayMs + LEFT_MIN_MS <= input.leftMs ? delayMs : undefined;
}
