import { PURPOSE_DEFAULT, parseVerificationId, type CheckAnswer } from '@watchword/contracts';
import { bucketOf, candidateTags, lookupKey, type KeyRing } from '@watchword/otp';
import { normaliseRecipient } from '@watchword/policy';
import {
  ATTRIBUTE,
  BEING_RESTORED,
  answer,
  problem,
  type Answer,
  type SpanStart,
  type Spans,
  type State,
  type TenantConfig,
} from '@watchword/runtime';
import { traceOf, type CheckReply, type Verification } from '@watchword/verification';
import { confirmApproval, findStrict } from './confirm-approval.ts';
import { normaliseCode } from './normalise-code.ts';

export interface CheckDeps {
  state: Pick<State, 'store' | 'outbox'>;
  keys: KeyRing<'pepper' | 'lookup'>;
  region: string;
  /** Where tracing is on. */
  spans: Spans | undefined;
  onCheck(outcome: CheckReply['outcome']): void;
}

const KEY_NEEDED = {
  status: 400,
  code: 'idempotency_key_required',
  detail:
    'This purpose has strict_once: a check needs an Idempotency-Key, so that an approval whose answer is delayed can be asked for again.',
};
const UNCONFIRMED = {
  status: 503,
  code: 'approval_unconfirmed',
  detail: 'The code is judged, but Kafka has not confirmed it yet. Repeat the call with the same Idempotency-Key.',
  retryAfterMs: 1_000,
};
const NOT_FOUND = { status: 404, code: 'not_found', detail: 'This tenant has no such verification.' };

/**
 * Judges a code by one script in Redis. Every pepper's tag goes along, so that a rotation of peppers disturbs nobody.
 *
 * @param keyHash of the call's Idempotency-Key: an approval whose answer was lost is answered again to the same key
 */
export async function checkCode(
  deps: CheckDeps,
  tenant: TenantConfig,
  id: string,
  typed: string,
  keyHash: string,
): Promise<Answer> {
  const parts = parseVerificationId(id);
  if (!parts) return problem(NOT_FOUND);
  if (parts.region !== deps.region) {
    return problem({ status: 421, code: 'other_region', detail: `It lives in region ${parts.region}.` });
  }
  const code = normaliseCode(typed);
  // an empty field is no guess: it costs nothing
  if (code === '') {
    const message = 'holds no code: pass on what the person typed';
    return problem({ status: 400, code: 'invalid_request', detail: message, errors: [{ path: 'code', message }] });
  }
  const strict = await findStrict(deps.state.store, tenant, id);
  if (strict && keyHash === '') return problem(KEY_NEEDED);
  const tags = candidateTags(deps.keys, { tenant: tenant.id, id, context: '', code });
  const { wrongChecksPerHour, wrongChecksPerDay } = tenant.limits.recipient;
  const begunMs = Date.now();
  const reply = await deps.state.store.check({
    id,
    tenant: tenant.id,
    tags: tags.map(({ kid, tag }) => `${kid}.${tag}`),
    idempotency: keyHash,
    wrongPerHour: wrongChecksPerHour,
    wrongPerDay: wrongChecksPerDay,
  });
  deps.onCheck(reply.outcome);
  if (!deps.spans) return tell(deps, tenant, id, reply, strict);
  return deps.spans.run(describeCheck(id, reply, begunMs), async () => tell(deps, tenant, id, reply, strict));
}

/** The script alone knows whose trace it is: its events say so. What is answered without one stays with its request. */
function describeCheck(id: string, reply: CheckReply, begunMs: number): SpanStart {
  const [event] = 'entries' in reply ? reply.entries : [];
  return {
    name: 'check code',
    kind: 'internal',
    origin: { from: 'verification', traceparent: event && traceOf(event) },
    attributes: { [ATTRIBUTE.verification]: id, [ATTRIBUTE.outcome]: reply.outcome },
    begunMs,
  };
}

/** Ships what was judged and says it; an approval that must outlive Redis once Kafka has it. */
async function tell(
  deps: CheckDeps,
  tenant: TenantConfig,
  id: string,
  reply: CheckReply,
  strict: Verification | undefined,
): Promise<Answer> {
  if (reply.outcome === 'approved') {
    // one that was not there a moment ago has been restored meanwhile
    const approved = strict ?? (await findStrict(deps.state.store, tenant, id));
    if (approved) {
      const confirmed = await confirmApproval(deps.state, approved, reply.entries);
      return confirmed ? describe(id, reply) : problem(UNCONFIRMED);
    }
  }
  if ('entries' in reply) deps.state.outbox.ship(reply.entries);
  return describe(id, reply);
}

/** Finds the live verification of an address, by each lookup key in turn, and judges the code. */
export async function checkByAddress(
  deps: CheckDeps,
  tenant: TenantConfig,
  body: { to: string; code: string; purpose?: string },
  keyHash: string,
): Promise<Answer> {
  // `voice` takes every kind of number that any channel takes
  const recipient = normaliseRecipient(body.to.includes('@') ? 'email' : 'voice', body.to);
  if (recipient.outcome === 'refused') {
    return problem({
      status: 422,
      code: recipient.reason,
      detail: recipient.detail,
      errors: [{ path: 'to', message: recipient.detail }],
    });
  }
  const purpose = body.purpose ?? PURPOSE_DEFAULT;
  let recovering = false;
  for (const { kid } of deps.keys.all('lookup')) {
    const bucket = bucketOf(deps.keys, tenant.id, recipient.key, kid);
    const { value } = lookupKey(deps.keys, tenant.id, purpose, recipient.key, kid);
    const found = await deps.state.store.lookUp(bucket, `${kid}.${value}`);
    if (found.outcome === 'found') return checkCode(deps, tenant, found.id, body.code, keyHash);
    recovering ||= found.outcome === 'recovering';
  }
  if (recovering) return problem(BEING_RESTORED);
  return problem({ ...NOT_FOUND, detail: 'There is no live verification of this address for this purpose.' });
}

function describe(id: string, reply: CheckReply): Answer {
  switch (reply.outcome) {
    case 'approved': {
      const channel = reply.channel as NonNullable<CheckAnswer['channel']> | '';
      return judged({
        id,
        status: 'approved',
        valid: true,
        ...(channel !== '' && { channel }),
        generation: reply.generation,
      });
    }
    case 'wrong':
      return judged({ id, status: 'pending', valid: false, checks_remaining: reply.remaining });
    case 'failed':
      return judged({ id, status: 'failed', valid: false, checks_remaining: 0 });
    case 'final':
      return judged({ id, status: reply.status, valid: false });
    case 'locked':
      return problem({
        status: 429,
        code: 'locked',
        detail: 'Too many wrong codes: no further code is judged for now.',
        retryAfterMs: reply.retryAfterMs,
      });
    case 'recovering':
      return problem(BEING_RESTORED);
    case 'unknown':
      return problem(NOT_FOUND);
  }
}

function judged(body: CheckAnswer): Answer {
  return answer(200, body);
}
