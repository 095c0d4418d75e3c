import { RECIPIENT_FAULTS, type Channel, type ErrorClass } from '@watchword/contracts';
import { DURATIONS, SENDS_PER_STEP_MAX, type Durations } from './durations.ts';
import { isFailure, isLive, isSubmitting, type Attempt, type Verification } from './state.ts';

/** What made somebody look: the request arrived, a receipt was folded, a deadline called, an attempt was taken over. */
export type Trigger = 'request' | 'receipt' | 'deadline' | 'takeover';

/** A job for the channel's queue; its id is `<verification id>-<send>-<n>`. */
export interface Command {
  channel: Channel;
  step: number;
  send: number;
  n: number;
}

export interface Plan {
  step: number;
  channel: Channel;
  send: number;
  /** Whether this starts a send (its limits are charged first when `charge` is set). */
  opens: boolean;
  stepDeadline: number;
  lease: number;
}

export type Decision =
  | { move: 'none' }
  /** Write the plan with its commands by compare-and-set, then carry the commands out. */
  | { move: 'advance'; plan: Plan; commands: Command[]; charge: boolean }
  | { move: 'takeOver'; k: number }
  | { move: 'expire' }
  | { move: 'fail' };

export interface StepPlan {
  channel: Channel;
  timeoutMs: number;
}

/**
 * The next move of a verification, decided on its state alone: repeats, disorder and early calls change nothing.
 * `refused`: the limits of the recipient of the step or send it would start are spent, so that way is closed.
 */
export function decideNext(
  state: Verification,
  workflow: readonly StepPlan[],
  event: { trigger: Trigger; now: number; refused?: boolean },
  durations: Durations = DURATIONS,
): Decision {
  const { now } = event;
  const out = state.attempts.findIndex(isSubmitting);
  const lost = out >= 0 && state.attempts[out]!.claimedAt + durations.submitLeaseMs <= now;
  // an attempt whose worker died is taken over after the end too: it may carry the code that was typed
  if (!isLive(state)) return lost ? { move: 'takeOver', k: out + 1 } : { move: 'none' };
  if (state.expiresAt <= now) return { move: 'expire' };
  const start = (step: number, charge: boolean): Decision => startSend(state, workflow, step, now, charge, durations);
  if (state.status === 'admitted') return start(0, false);

  if (out >= 0) return lost ? { move: 'takeOver', k: out + 1 } : { move: 'none' };

  const hasNext = state.step + 1 < workflow.length && !event.refused;
  const timedOut = state.stepDeadline > 0 && state.stepDeadline <= now;
  // also while the send still waits for a worker: a channel whose workers are gone falls back too, and its late job is stale
  if (hasNext && (state.asked === 'next' || (timedOut && state.asked === ''))) return start(state.step + 1, true);
  if (state.sendState === 'open') return carryOut(state, event.trigger, now, durations);
  if (state.asked === 'resend' && !event.refused) return start(state.step, true);
  if (state.sendState === 'failed') {
    if (hasNext) return start(state.step + 1, true);
    if (!mayStillArrive(state)) return { move: 'fail' };
  }
  if (lastSendFailed(state)) {
    if (hasNext) return start(state.step + 1, true);
    if (!event.refused && maySendAgain(state)) return start(state.step, true);
  }
  return timedOut || state.asked !== '' ? stay(state, timedOut) : { move: 'none' };
}

function startSend(
  state: Verification,
  workflow: readonly StepPlan[],
  step: number,
  now: number,
  charge: boolean,
  durations: Durations,
): Decision {
  const { channel, timeoutMs } = workflow[step]!;
  const send = state.send + 1;
  const plan = {
    step,
    channel,
    send,
    opens: true,
    stepDeadline: Math.min(now + timeoutMs, state.expiresAt),
    lease: now + durations.queueLeaseMs,
  };
  return { move: 'advance', plan, commands: [{ channel, step, send, n: 1 }], charge };
}

/**
 * An open send without a worker is queued again: when its lease is over, at once when a repeated request shows that the
 * command was not struck off, and at once after a takeover. Only a takeover raises n: an earlier job of the same id may still be there.
 */
function carryOut(state: Verification, trigger: Trigger, now: number, durations: Durations): Decision {
  const due = state.lease <= now || trigger === 'takeover' || (trigger === 'request' && state.command !== '');
  if (!due) return state.asked === 'next' ? stay(state, false) : { move: 'none' };
  const { step, channel, send } = state;
  const n = 1 + state.attempts.filter((attempt) => attempt.send === send && attempt.takenOver).length;
  const lease = now + durations.queueLeaseMs;
  const plan = { step, channel, send, opens: false, stepDeadline: state.stepDeadline, lease };
  return { move: 'advance', plan, commands: [{ channel, step, send, n }], charge: false };
}

/** Nothing to start: what was asked is answered, and a step's deadline that has passed is taken away. */
function stay(state: Verification, timedOut: boolean): Decision {
  const { step, channel, send, lease } = state;
  const stepDeadline = timedOut ? 0 : state.stepDeadline;
  return {
    move: 'advance',
    plan: { step, channel, send, opens: false, stepDeadline, lease },
    commands: [],
    charge: false,
  };
}

/** Somebody may have a code, or get one yet, whatever a receipt says: a last send that nobody took must not end that. */
function mayStillArrive(state: Verification): boolean {
  return state.attempts.some((attempt) => attempt.state !== 'rejected');
}

/** Every attempt of the last send that may have gone out has a receipt that says it did not arrive. */
function lastSendFailed(state: Verification): boolean {
  const out = attemptsOut(state);
  return out.length > 0 && out.every((attempt) => isFailure(attempt.receipt));
}

/**
 * A receipt alone never ends a verification, since receipts can lie; but on the last step another provider is tried once,
 * unless the fault is the recipient's.
 */
function maySendAgain(state: Verification): boolean {
  const sends = new Set(state.attempts.filter(({ step }) => step === state.step).map(({ send }) => send));
  const faults = attemptsOut(state).map(({ receiptError }) => receiptError);
  return sends.size < SENDS_PER_STEP_MAX && !faults.some((error) => RECIPIENT_FAULTS.has(error as ErrorClass));
}

function attemptsOut(state: Verification): Attempt[] {
  return state.attempts.filter((attempt) => attempt.send === state.send && attempt.state !== 'rejected');
}
