import type { Outcome } from '@watchword/contracts';
import { sendWindows, type State, type TenantConfig } from '@watchword/runtime';
import { bucketOfId, isLive, type AdmittedRequest, type AskAnswer, type Verification } from '@watchword/verification';

type ResendResult =
  | { outcome: 'asked' | 'open'; state: Verification }
  | { outcome: 'cooling'; state: Verification; retryAfterMs: number }
  | { outcome: 'refused'; retryAfterMs: number }
  | { outcome: 'ended'; status: Outcome }
  | { outcome: 'unknown' };

export type ResendVerification = (tenant: TenantConfig, id: string) => Promise<ResendResult>;

/**
 * Asks for another send on the current step. Its recipient's limits are charged here: in the same script where they live in
 * the verification's bucket, which is so for the first recipient; else before, and refunded if nothing was asked.
 */
export function createResend({ store }: Pick<State, 'store'>): ResendVerification {
  return async (tenant, id) => {
    const { verification: state } = await store.read(id);
    if (!state || state.tenant !== tenant.id) return { outcome: 'unknown' };
    if (!isLive(state)) return { outcome: 'ended', status: state.status as Outcome };
    const request = JSON.parse(state.request) as AdmittedRequest;
    const recipient = request.recipients[request.workflow[state.step]!.recipient]!;
    const windows = sendWindows(tenant.limits.recipient);
    if (recipient.limit_bucket === bucketOfId(id)) {
      return conclude(id, state, await store.resend(id, tenant.id, recipient.limit_key, windows));
    }
    const send = state.send + 1;
    const charged = await store.charge(recipient, id, send, windows);
    if (charged.outcome === 'refused') return charged;
    const asked = await store.resend(id, tenant.id, recipient.limit_key, undefined);
    if (asked.outcome !== 'asked' && charged.fresh) await store.refund(recipient, id, send);
    return conclude(id, state, asked);
  };

  async function conclude(id: string, before: Verification, asked: AskAnswer): Promise<ResendResult> {
    switch (asked.outcome) {
      case 'asked':
      case 'open':
        return { outcome: asked.outcome, state: (await store.read(id)).verification ?? before };
      case 'cooling':
        return { outcome: 'cooling', retryAfterMs: asked.retryAfterMs, state: before };
      case 'refused':
        return { outcome: 'refused', retryAfterMs: asked.retryAfterMs };
      case 'ended':
        return asked;
      case 'unknown':
      case 'last':
        return { outcome: 'unknown' };
    }
  }
}
