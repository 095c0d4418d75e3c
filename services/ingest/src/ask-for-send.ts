import { BaseError, type Outcome } from '@watchword/contracts';
import { open, type KeyRing } from '@watchword/otp';
import type { LimitScope, WideLimits } from '@watchword/risk';
import { ATTRIBUTE, sendWindows, type SpanStart, type Spans, type State, type TenantConfig } from '@watchword/runtime';
import {
  bucketOfId,
  isLive,
  recipientAad,
  type AdmittedRequest,
  type AskAnswer,
  type Verification,
} from '@watchword/verification';
import { whileCharged, wideCharges } from './wide-limits.ts';

/** How often a verification may move on between the look at it and the script before the caller is told to try again. */
const TRIES_MAX = 3;
/** Whatever moves a verification has done so by then. */
const CONFLICT_RETRY_MS = 1_000;

type AskResult =
  | { outcome: 'asked' | 'open'; state: Verification }
  | { outcome: 'cooling'; state: Verification; retryAfterMs: number }
  | { outcome: 'refused'; scope: LimitScope | 'recipient'; retryAfterMs: number }
  | { outcome: 'ended'; status: Outcome }
  | { outcome: 'last' | 'tooLate' | 'unknown' | 'recovering' };

export interface Ask {
  /** Another send on the current step, or the next step. */
  what: 'resend' | 'next';
  id: string;
  /** The person's address, where the caller told it. */
  clientIp?: string | undefined;
}

export type AskForSend = (tenant: TenantConfig, ask: Ask) => Promise<AskResult>;

export interface AskDeps {
  store: State['store'];
  keys: KeyRing<'seal'>;
  limits: WideLimits;
  /** Where tracing is on. */
  spans: Spans | undefined;
}

type Recipient = AdmittedRequest['recipients'][number];

/**
 * Asks for a send and charges what it counts against: the wide limits and the limits of the recipient it goes to. The latter in
 * the same script where they live in the verification's bucket, which is so for the first recipient; else before. Whatever was
 * charged is given back if nothing was asked.
 *
 * @throws BaseError `OTP_STATE_UNAVAILABLE`, `OTP_STATE_CONFLICT`
 */
export function createAsk(deps: AskDeps): AskForSend {
  return async (tenant, ask) => {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const result = await askOnce(deps, tenant, ask);
      if (result.outcome !== 'moved') return result;
    }
    throw new BaseError('OTP_STATE_CONFLICT', 'a verification moved on under every try', {
      retry: true,
      retryAfterMs: CONFLICT_RETRY_MS,
      context: { id: ask.id },
    });
  };
}

async function askOnce(deps: AskDeps, tenant: TenantConfig, ask: Ask): Promise<AskResult | { outcome: 'moved' }> {
  const { verification: state, waitsFor } = await deps.store.read(ask.id);
  if (!state && waitsFor === 'reading') return { outcome: 'recovering' };
  if (!state || state.tenant !== tenant.id) return { outcome: 'unknown' };
  if (!isLive(state)) return { outcome: 'ended', status: state.status as Outcome };
  if (!deps.spans) return askLive(deps, tenant, ask, state);
  return deps.spans.run(describeAsk(ask, state), async () => askLive(deps, tenant, ask, state));
}

/** The call is a trace of its own: what it asks for belongs to the verification's. */
function describeAsk({ what, id }: Ask, { traceparent }: Verification): SpanStart {
  return {
    name: what,
    kind: 'internal',
    origin: { from: 'verification', traceparent },
    attributes: { [ATTRIBUTE.verification]: id },
  };
}

async function askLive(
  deps: AskDeps,
  tenant: TenantConfig,
  ask: Ask,
  state: Verification,
): Promise<AskResult | { outcome: 'moved' }> {
  const { workflow, recipients } = state.request!;
  const index = workflow[ask.what === 'resend' ? state.step : state.step + 1]?.recipient;
  if (index === undefined) return { outcome: 'last' };
  const recipient = recipients[index]!;
  const { sealed, country } = recipient;
  // an e-mail address counts against no block of numbers: it stays sealed
  const value = country === '' ? '' : open(deps.keys, sealed, recipientAad(ask.id, index));
  const charges = wideCharges(tenant, [{ country, value }], ask.clientIp);
  const charged = await whileCharged(deps.limits, charges, async () => {
    const answer = await askCharged(deps.store, tenant, ask, state, recipient);
    return { sends: answer.outcome === 'asked', result: answer };
  });
  return charged.outcome === 'refused' ? charged : conclude(deps.store, state, charged.result);
}

/** Asks, with the recipient's own limits charged. */
async function askCharged(
  store: State['store'],
  tenant: TenantConfig,
  { what, id }: Ask,
  state: Verification,
  recipient: Recipient,
): Promise<AskAnswer> {
  const windows = sendWindows(tenant.limits.recipient);
  if (recipient.limit_bucket === bucketOfId(id)) {
    return store[what](id, tenant.id, recipient.limit_key, windows, state);
  }
  const send = state.send + 1;
  const charged = await store.charge(recipient, id, send, windows);
  if (charged.outcome === 'refused') return charged;
  const asked = await store[what](id, tenant.id, recipient.limit_key, undefined, state);
  if (asked.outcome !== 'asked' && charged.fresh) await store.refund(recipient, id, send);
  return asked;
}

async function conclude(
  store: State['store'],
  before: Verification,
  asked: AskAnswer,
): Promise<AskResult | { outcome: 'moved' }> {
  switch (asked.outcome) {
    case 'asked':
    case 'open':
      return { outcome: asked.outcome, state: (await store.read(before.id)).verification ?? before };
    case 'cooling':
      return { outcome: 'cooling', retryAfterMs: asked.retryAfterMs, state: before };
    case 'refused':
      return { outcome: 'refused', scope: 'recipient', retryAfterMs: asked.retryAfterMs };
    case 'ended':
      return { outcome: 'ended', status: asked.status };
    case 'last':
    case 'tooLate':
    case 'moved':
    case 'unknown':
      return { outcome: asked.outcome };
  }
}
