import { decideAfterTakeover } from '../model/decide-after-attempt.ts';
import type { Verification } from '../model/state.ts';
import { packCell, type SettleInput, type createAttempts } from './attempts.ts';

/** What `settle` is told of attempt k, whose worker vanished. An ended verification has dropped its tag. */
export function composeTakeover(state: Verification, k: number): SettleInput {
  const attempt = state.attempts[k - 1]!;
  return {
    id: state.id,
    k,
    state: 'unknown',
    error: 'timeout',
    following: decideAfterTakeover(state),
    generation: attempt.generation,
    tag: state.tags[attempt.generation] ?? '',
    cell: packCell(attempt),
    step: attempt.step,
    send: attempt.send,
    claimedAt: attempt.claimedAt,
    tenant: state.tenant,
    purpose: state.purpose,
    takenOver: true,
    details: {},
    decision: attempt.decision,
  };
}

type Settles = Pick<ReturnType<typeof createAttempts>, 'settle'>;

export function createTakeover(attempts: Settles) {
  return {
    /** Settles attempt k as unknown, as `decideNext` asked for on this state; its worker may still have its word. */
    async takeOver(state: Verification, k: number): ReturnType<Settles['settle']> {
      return attempts.settle(composeTakeover(state, k));
    },
  };
}
