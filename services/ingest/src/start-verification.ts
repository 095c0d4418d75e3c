import {
  BaseError,
  EVENTS,
  REQUEST_TOPIC,
  type Channel,
  type SendAnswer,
  type StartRequest,
} from '@watchword/contracts';
import { bucketOf, keyedHash, lookupKey, seal, type KeyRing } from '@watchword/otp';
import type { OperatorOfNumber } from '@watchword/policy';
import type { WideLimits } from '@watchword/risk';
import {
  BEING_RESTORED,
  answer,
  problem,
  sendWindows,
  type Answer,
  type State,
  type TenantConfig,
} from '@watchword/runtime';
import {
  bucketOfId,
  composeRequest,
  recipientAad,
  requestEventId,
  type AdmittedRequest,
  type Verification,
} from '@watchword/verification';
import type { AskForSend } from './ask-for-send.ts';
import { carryCounts } from './carry-counts.ts';
import type { RequestPlan } from './plan-request.ts';
import { tooMany } from './too-many.ts';
import { viewSend } from './view-verification.ts';
import { whileCharged, wideCharges } from './wide-limits.ts';

/** How long a start waits for Kafka before it is taken back. */
const PUBLISH_MS = 3_000;
/** A backlog that is a fifth of a life long is not gone in a moment. */
const OVERLOADED_RETRY_MS = 10_000;

export interface StartDeps {
  state: Pick<State, 'store' | 'outbox' | 'publish'>;
  keys: KeyRing<'seal' | 'lookup'>;
  limits: WideLimits;
  ask: AskForSend;
  operatorOfNumber: OperatorOfNumber;
  /** Whether a tenant's next send on a channel would wait too long. */
  overloaded(channel: Channel, tenant: string): boolean;
  onStart(outcome: 'created' | 'joined' | 'refused' | 'abandoned' | 'overloaded'): void;
}

/** What a verification is made under. */
interface Naming {
  /** Made for the bucket of the first recipient; a retry of the same call after a crash brings the same one. */
  id: string;
  /** W3C trace context that goes with it; only of a trace that is sampled. */
  traceparent: string | undefined;
}

/** Admits a verification and publishes its request before it answers 202. A 202 always sends; a 503 may, rarely. */
export async function startVerification(
  deps: StartDeps,
  tenant: TenantConfig,
  plan: RequestPlan,
  body: StartRequest,
  naming: Naming,
): Promise<Answer> {
  // before anything is charged or kept
  if (deps.overloaded(plan.workflow[0]!.channel, tenant.id)) return channelOverloaded(deps);
  const started = await whileCharged(deps.limits, wideCharges(tenant, plan.recipients, body.client_ip), async () => {
    const begun = await begin(deps, tenant, plan, body, naming);
    // a join charges what it asks for by itself; a retry after a crash was charged by the first try
    return { sends: begun.outcome === 'started', result: begun };
  });
  if (started.outcome === 'refused') {
    deps.onStart('refused');
    return tooMany(started);
  }
  const begun = started.result;
  return begun.outcome === 'joined' ? joinVerification(deps, tenant, begun.id, body.client_ip) : begun.answer;
}

type Begun = { outcome: 'started' | 'notStarted' | 'resumed'; answer: Answer } | { outcome: 'joined'; id: string };

async function begin(
  deps: StartDeps,
  tenant: TenantConfig,
  plan: RequestPlan,
  body: StartRequest,
  naming: Naming,
): Promise<Begun> {
  const { id } = naming;
  const request = composeAdmission(deps, tenant, plan, body, naming);
  await carryCounts({ store: deps.state.store, keys: deps.keys }, plan, id, request);
  const { lifeMs, purpose } = plan;
  const windows = sendWindows(tenant.limits.recipient);
  const admitted = await deps.state.store.admit({ id, tenant: tenant.id, purpose, request, lifeMs, windows });
  switch (admitted.outcome) {
    case 'refused':
      deps.onStart('refused');
      return { outcome: 'notStarted', answer: tooMany({ scope: 'recipient', retryAfterMs: admitted.retryAfterMs }) };
    case 'joined':
      deps.onStart('joined');
      deps.state.outbox.ship([admitted.entry]);
      return { outcome: 'joined', id: admitted.id };
    case 'created': {
      const published = await publish(deps, id, request, admitted.now, admitted.now + lifeMs);
      if (!published) return { outcome: 'notStarted', answer: busUnavailable(deps) };
      deps.onStart('created');
      return { outcome: 'started', answer: answer(202, describeStart(id, request, admitted.now, lifeMs)) };
    }
    case 'exists':
      return { outcome: 'resumed', answer: (await resumeStart(deps, id)) ?? busUnavailable(deps) };
  }
}

/** A second start for a live verification: past the cool-down it is a resend, within it nothing is sent. */
async function joinVerification(
  deps: StartDeps,
  tenant: TenantConfig,
  id: string,
  clientIp: string | undefined,
): Promise<Answer> {
  const resent = await deps.ask(tenant, { what: 'resend', id, clientIp });
  switch (resent.outcome) {
    case 'asked':
      return answer(202, viewSend(resent.state, true));
    case 'open':
    case 'cooling':
      return answer(202, viewSend(resent.state, false));
    case 'refused':
      return tooMany(resent);
    case 'ended':
    case 'tooLate':
    case 'last':
    case 'unknown':
      // it ended between the two scripts: the caller's next start makes a new one
      return problem({
        status: 503,
        code: 'just_ended',
        detail: 'The verification that was live has just ended. Start again.',
        retryAfterMs: 1000,
      });
    case 'recovering':
      return problem(BEING_RESTORED);
  }
}

/**
 * The same call once more, after a crash between admission and answer: by what was admitted then. Before this call's 202 Kafka
 * must have the request: the first try may have died before it published. Where Kafka has it already, the event is a repeat of
 * the same id. Nothing is ever taken back here: the first try may have told its 202.
 *
 * @returns undefined where nothing was admitted under the id, or it was taken back
 */
export async function resumeStart(deps: StartDeps, id: string): Promise<Answer | undefined> {
  const { verification: state, waitsFor } = await deps.state.store.read(id);
  // begun anew under the same id it would be sent a second time, and its first send counted nowhere
  if (!state) return waitsFor === 'reading' ? problem(BEING_RESTORED) : undefined;
  try {
    if (state.request) await publishAgain(deps, state, state.request);
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    return busUnavailable(deps, 'what was started before may go out');
  }
  deps.onStart('created');
  return answer(202, viewSend(state, true));
}

async function publishAgain(
  deps: StartDeps,
  { id, createdAt, expiresAt }: Verification,
  request: AdmittedRequest,
): Promise<void> {
  await publishRequest(deps, id, request, createdAt, expiresAt);
}

/** @returns whether a message will go out: Kafka has the request, or somebody else has taken it on */
async function publish(
  deps: StartDeps,
  id: string,
  request: AdmittedRequest,
  createdAt: number,
  expiresAt: number,
): Promise<boolean> {
  try {
    await publishRequest(deps, id, request, createdAt, expiresAt);
    return true;
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    return (await deps.state.store.abandon(id, request)).outcome === 'kept';
  }
}

async function publishRequest(
  deps: StartDeps,
  id: string,
  request: AdmittedRequest,
  createdAt: number,
  expiresAt: number,
): Promise<void> {
  const data = composeRequest(id, request, createdAt, expiresAt);
  await deps.state.publish(
    {
      topic: REQUEST_TOPIC,
      key: id,
      id: requestEventId(id, createdAt),
      type: EVENTS[REQUEST_TOPIC].type,
      timeMs: createdAt,
      data,
      ...(request.traceparent !== undefined && { traceparent: request.traceparent }),
    },
    { timeoutMs: PUBLISH_MS },
  );
}

function composeAdmission(
  deps: StartDeps,
  tenant: TenantConfig,
  plan: RequestPlan,
  body: StartRequest,
  { id, traceparent }: Naming,
): AdmittedRequest {
  const first = plan.recipients[plan.workflow[0]!.recipient]!;
  const kid = keyOfBucket(deps.keys, tenant.id, first.key, id);
  const lookup = lookupKey(deps.keys, tenant.id, plan.purpose, first.key, kid);
  return {
    tenant: tenant.id,
    purpose: plan.purpose,
    lookup: `${lookup.kid}.${lookup.value}`,
    workflow: plan.workflow,
    recipients: plan.recipients.map((recipient, index) => ({
      sealed: seal(deps.keys, recipient.value, recipientAad(id, index)),
      country: recipient.country,
      operator: recipient.channel === 'email' ? '' : deps.operatorOfNumber(recipient.value, recipient.country),
      limit_bucket: recipient === first ? bucketOfId(id) : bucketOf(deps.keys, tenant.id, recipient.key, kid),
      limit_key: lookupKey(deps.keys, tenant.id, '', recipient.key, kid).value,
    })),
    code_length: plan.codeLength,
    checks_max: plan.checksMax,
    cooldown_ms: tenant.defaults.resendCooldownMs,
    locale: plan.locale,
    webotp: plan.webotp,
    ...(body.client_reference !== undefined && { client_reference: body.client_reference }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** The lookup key whose bucket is written in the id: the current one, or after a rotation the one the id was made with. */
function keyOfBucket(keys: KeyRing<'lookup'>, tenant: string, recipient: string, id: string): string {
  const current = keys.current('lookup');
  const known = keys.all('lookup');
  if (known.length === 1) return current.kid;
  const bucket = bucketOfId(id);
  return (known.find(({ kid }) => bucketOf(keys, tenant, recipient, kid) === bucket) ?? current).kid;
}

function describeStart(id: string, request: AdmittedRequest, now: number, lifeMs: number): SendAnswer {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const [first] = request.workflow;
  return {
    id,
    status: 'pending',
    purpose: request.purpose,
    channel: first!.channel,
    step: 0,
    steps: request.workflow.length,
    created_at: iso(now),
    expires_at: iso(now + lifeMs),
    next_step_at: request.workflow.length > 1 ? iso(now + Math.min(first!.timeout_ms, lifeMs)) : null,
    next_resend_at: iso(now + request.cooldown_ms),
    checks_remaining: request.checks_max,
    ...(request.client_reference !== undefined && { client_reference: request.client_reference }),
    sent: true,
  };
}

function channelOverloaded(deps: StartDeps): Answer {
  deps.onStart('overloaded');
  return problem({
    status: 503,
    code: 'channel_overloaded',
    detail:
      'Sends on this channel wait too long for their codes to be of use; nothing was started. Try again, or another channel.',
    retryAfterMs: OVERLOADED_RETRY_MS,
  });
}

function busUnavailable(deps: StartDeps, became = 'nothing was started'): Answer {
  deps.onStart('abandoned');
  return problem({
    status: 503,
    code: 'otp_bus_unavailable',
    detail: `The event bus cannot be reached; ${became}. Try again.`,
    retryAfterMs: 2000,
  });
}

/** Names something in a wide limit without keeping it in clear. */
export function createLimitHash(keys: KeyRing<'lookup'>): (text: string) => string {
  return (text) => keyedHash(keys, 'limit', [text]).value;
}
