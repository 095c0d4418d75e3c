import type { RequestEvent } from '@watchword/contracts';
import { open } from '@watchword/otp';
import { recipientAad, type Verification } from '@watchword/verification';
import type { DeliverDeps } from './deliver-deps.ts';

/** Everything that the attempts of one send share. */
export interface OpenSend {
  state: Verification;
  to: string;
  country: string;
  operator: string;
  request: Pick<RequestEvent, 'code_length' | 'locale' | 'webotp'>;
  /** By this process' clock (monotonic, ms). */
  startedAt: number;
  /** Redis' clock minus the monotonic one. */
  clockOffsetMs: number;
}

/**
 * Opens a send: its address in clear, in this process' memory only.
 *
 * @throws BaseError `OTP_SEAL_BROKEN`, `OTP_KEY_MISSING`
 */
export function openSend(deps: Pick<DeliverDeps, 'keys'>, state: Verification, now: number): OpenSend {
  const request = state.request!;
  const index = request.workflow[state.step]!.recipient;
  const recipient = request.recipients[index]!;
  return {
    state,
    to: open(deps.keys, recipient.sealed, recipientAad(state.id, index)),
    country: recipient.country,
    operator: recipient.operator,
    request,
    startedAt: performance.now(),
    clockOffsetMs: now - performance.now(),
  };
}

/** What is left of the time that all attempts of one job may take together. */
export function budgetLeftMs(deps: Pick<DeliverDeps, 'failoverBudgetMs'>, send: OpenSend): number {
  return deps.failoverBudgetMs - (performance.now() - send.startedAt);
}

/** What is left of the step where another one follows, else of the life: there is nothing better to do with it. */
export function leftMs(send: OpenSend): number {
  const { step, steps, stepDeadline, expiresAt } = send.state;
  const until = step + 1 < steps && stepDeadline > 0 ? Math.min(stepDeadline, expiresAt) : expiresAt;
  return until - (performance.now() + send.clockOffsetMs);
}
