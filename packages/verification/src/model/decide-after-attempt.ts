import { RECIPIENT_FAULTS, type ErrorClass } from '@watchword/contracts';
import { UNKNOWNS_PER_STEP_MAX } from './durations.ts';
import type { SendState, Verification } from './state.ts';

export type AttemptResult =
  | { state: 'accepted' }
  | { state: 'rejected'; error: ErrorClass }
  | { state: 'unknown'; error: ErrorClass };

/** What becomes of a send after an attempt; `settle` writes it. */
export type Following =
  | { next: 'continue' }
  | { next: 'backoff'; delayMs: number }
  | { next: Exclude<SendState, 'none' | 'open'> };

/**
 * Decides what follows an attempt on provider after provider.
 *
 * @param anotherProvider whether the router has one left for this job, and the time of all failovers is not used up
 * @param backoff the delay after which the queue may try again, or undefined where no rejection was a passing one, the
 *   tries are used up, or the code's life would be over
 */
export function decideAfterAttempt(
  state: Verification,
  result: AttemptResult,
  anotherProvider: boolean,
  backoff: number | undefined,
): Following {
  switch (result.state) {
    case 'accepted':
      return { next: 'accepted' };
    case 'unknown': {
      const unknowns = unknownsInStep(state) + 1;
      return anotherProvider && unknowns < UNKNOWNS_PER_STEP_MAX ? { next: 'continue' } : { next: 'unknown' };
    }
    case 'rejected': {
      if (RECIPIENT_FAULTS.has(result.error)) return close(state);
      if (anotherProvider) return { next: 'continue' };
      // A send that may already have gone out is not repeated later: the step's deadline decides.
      return backoff === undefined || mayBeOut(state) ? close(state) : { next: 'backoff', delayMs: backoff };
    }
  }
}

/** An attempt whose worker vanished: the send goes on once, then the step's deadline decides. */
export function decideAfterTakeover(state: Verification): Following {
  return unknownsInStep(state) + 1 < UNKNOWNS_PER_STEP_MAX ? { next: 'continue' } : { next: 'unknown' };
}

function close(state: Verification): Following {
  return { next: mayBeOut(state) ? 'unknown' : 'failed' };
}

/** An earlier attempt of this send was unknown, or taken over and then found to be accepted. */
function mayBeOut(state: Verification): boolean {
  return state.attempts.some(
    ({ send, state: result }) => send === state.send && (result === 'unknown' || result === 'accepted'),
  );
}

function unknownsInStep(state: Verification): number {
  return state.attempts.filter((attempt) => attempt.step === state.step && attempt.state === 'unknown').length;
}
