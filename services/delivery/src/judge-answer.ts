import type { ErrorClass } from '@watchword/contracts';
import type { SubmitResult } from '@watchword/providers';

/** Refusals that would meet the next message too. One that asks to slow down is none: the sends themselves are put off. */
const UNWELL: ReadonlySet<ErrorClass> = new Set<ErrorClass>(['timeout', 'unknown', 'account']);

/** Of its time-out a call has had all that matters: reading the state and claiming a probe take milliseconds of the job's time. */
const TIME_GIVEN_MIN = 0.9;
/** An adapter returns as soon as it is told to. So much later this process stood still, and an answer may have lain there unread. */
const STOOD_STILL_MS = 1_000;

/**
 * What a call says of its provider.
 *
 * @param time `budgetMs`: what was left of the job's time when the call began
 * @returns failed: no answer, or one that is about the provider or our account there, and not about this message. nothing: we gave it
 *   no time to answer
 */
export function judgeAnswer(
  result: SubmitResult,
  time: { timeoutMs: number; budgetMs: number; tookMs: number },
): 'answered' | 'failed' | 'nothing' {
  if (result.outcome === 'accepted') return 'answered';
  if (result.error === 'timeout' && !hadItsTime(time)) return 'nothing';
  return result.outcome === 'unknown' || UNWELL.has(result.error) ? 'failed' : 'answered';
}

function hadItsTime({ timeoutMs, budgetMs, tookMs }: Parameters<typeof judgeAnswer>[1]): boolean {
  return budgetMs >= TIME_GIVEN_MIN * timeoutMs && tookMs < timeoutMs + STOOD_STILL_MS;
}
