import { attemptId, type SendAnswer, type VerificationView } from '@watchword/contracts';
import { isGap, isLive, type Attempt, type Verification } from '@watchword/verification';

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number): string | null => (ms > 0 ? iso(ms) : null);

/** What a tenant sees of a verification. A stored record is never sent as it is. */
export function viewVerification(state: Verification): VerificationView {
  return {
    ...viewCommon(state),
    ...(state.endedAt > 0 && { ended_at: iso(state.endedAt) }),
    // the others keep their ids: those are in events and with the providers
    attempts: state.attempts.flatMap((attempt, index) =>
      isGap(attempt) ? [] : [viewAttempt(attempt, attemptId(state.id, index + 1))],
    ),
  };
}

export function viewSend(state: Verification, sent: boolean): SendAnswer {
  return { ...viewCommon(state), sent };
}

function viewCommon(state: Verification): Omit<SendAnswer, 'sent'> {
  const live = isLive(state);
  return {
    id: state.id,
    status: state.status === 'admitted' ? 'pending' : state.status,
    purpose: state.purpose,
    channel: state.channel,
    step: state.step,
    steps: state.steps,
    created_at: iso(state.createdAt),
    expires_at: iso(state.expiresAt),
    next_step_at: live ? isoOrNull(nextStepAt(state)) : null,
    next_resend_at: live ? isoOrNull(state.nextResendAt) : null,
    checks_remaining: live ? Math.max(0, state.checksMax - state.checksUsed) : 0,
    ...(state.clientReference !== '' && { client_reference: state.clientReference }),
  };
}

/** The step's deadline where another step follows; before the dispatcher has set it, by the time of the start. */
function nextStepAt(state: Verification): number {
  if (state.step + 1 >= state.steps) return 0;
  if (state.stepDeadline > 0) return state.stepDeadline;
  if (state.status !== 'admitted') return 0;
  const { workflow } = state.request!;
  return Math.min(state.createdAt + workflow[0]!.timeout_ms, state.expiresAt);
}

function viewAttempt(attempt: Attempt, id: string): VerificationView['attempts'][number] {
  return {
    id,
    channel: attempt.channel,
    provider: attempt.provider,
    step: attempt.step,
    send: attempt.send,
    generation: attempt.generation,
    state: attempt.state,
    ...(attempt.error !== '' && { error: attempt.error }),
    ...(attempt.receipt !== '' && { receipt: attempt.receipt }),
    ...(attempt.receiptError !== '' && { receipt_error: attempt.receiptError }),
    started_at: iso(attempt.claimedAt),
    ...(attempt.settledAt > 0 && { settled_at: iso(attempt.settledAt) }),
    ...(attempt.receiptAt > 0 && { receipt_at: iso(attempt.receiptAt) }),
  };
}
