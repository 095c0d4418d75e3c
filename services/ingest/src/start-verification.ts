import { randomBytes } from 'node:crypto';
import {
  BaseError,
  EVENTS,
  REQUEST_TOPIC,
  parseVerificationId,
  type SendAnswer,
  type StartRequest,
} from '@watchword/contracts';
import { bucketOf, keyedHash, lookupKey, seal, type KeyRing } from '@watchword/otp';
import { numberPrefix } from '@watchword/policy';
import { ipPrefix, type Charge, type WideLimits } from '@watchword/risk';
import { answer, problem, sendWindows, type Answer, type State, type TenantConfig } from '@watchword/runtime';
import { composeRequest, recipientAad, type AdmittedRequest, type AdmitAnswer } from '@watchword/verification';
import type { RequestPlan } from './plan-request.ts';
import type { ResendVerification } from './resend-verification.ts';
import { viewSend } from './view-verification.ts';

/** How long a start waits for Kafka before it is taken back. */
const PUBLISH_MS = 3_000;
const MINUTE_MS = 60_000;

export interface StartDeps {
  state: Pick<State, 'store' | 'outbox' | 'publish'>;
  keys: KeyRing<'seal' | 'lookup'>;
  limits: WideLimits;
  resend: ResendVerification;
  onStart(outcome: 'created' | 'joined' | 'refused' | 'abandoned'): void;
}

/**
 * Admits a verification and publishes its request before it answers 202. A 202 always sends; a 503 may, rarely.
 *
 * @param id made for the bucket of the first recipient; a retry of the same call after a crash brings the same one
 */
export async function startVerification(
  deps: StartDeps,
  tenant: TenantConfig,
  plan: RequestPlan,
  body: StartRequest,
  id: string,
): Promise<Answer> {
  const charges = wideCharges(tenant, plan, body.client_ip);
  const charged = await deps.limits.charge(charges);
  if (charged.outcome === 'refused') {
    deps.onStart('refused');
    return tooMany(`the limit of the ${charged.scope.replaceAll('_', ' ')} is reached`, charged.retryAfterMs);
  }
  const request = await composeAdmission(deps, tenant, plan, body, id);
  const windows = sendWindows(tenant.limits.recipient);
  const admitted = await deps.state.store.admit({
    id,
    tenant: tenant.id,
    purpose: plan.purpose,
    request,
    lifeMs: plan.lifeMs,
    windows,
  });
  const result = await finish(deps, tenant, { id, request, lifeMs: plan.lifeMs }, admitted);
  // What was not served is not counted: a client that asks for one person again and again would use up what all people
  // of its tenant share. Neither is a retry after a crash, whose first try was.
  if (result.status === 'problem' || admitted.outcome === 'exists') await deps.limits.refund(charges);
  return result;
}

async function finish(
  deps: StartDeps,
  tenant: TenantConfig,
  start: { id: string; request: AdmittedRequest; lifeMs: number },
  admitted: AdmitAnswer,
): Promise<Answer> {
  switch (admitted.outcome) {
    case 'refused':
      deps.onStart('refused');
      return tooMany('this recipient has had as many messages as it may', admitted.retryAfterMs);
    case 'joined':
      deps.onStart('joined');
      deps.state.outbox.ship([admitted.entry]);
      return joinVerification(deps, tenant, admitted.id);
    case 'created': {
      const published = await publish(deps, start.id, start.request, admitted.now, admitted.now + start.lifeMs);
      if (!published) return busUnavailable(deps);
      deps.onStart('created');
      return answer(202, describeStart(start.id, start.request, admitted.now, start.lifeMs));
    }
    case 'exists':
      return resumeStart(deps, start.id, start.request);
  }
}

/** A second start for a live verification: past the cool-down it is a resend, within it nothing is sent. */
async function joinVerification(deps: StartDeps, tenant: TenantConfig, id: string): Promise<Answer> {
  const resent = await deps.resend(tenant, id);
  switch (resent.outcome) {
    case 'asked':
      return answer(202, viewSend(resent.state, true));
    case 'open':
    case 'cooling':
      return answer(202, viewSend(resent.state, false));
    case 'refused':
      return tooMany('this recipient has had as many messages as it may', resent.retryAfterMs);
    case 'ended':
    case 'unknown':
      // it ended between the two scripts: the caller's next start makes a new one
      return problem({
        status: 503,
        code: 'just_ended',
        detail: 'The verification that was live has just ended. Start again.',
        retryAfterMs: 1000,
      });
  }
}

/** The same call once more, after a crash between admission and answer. */
async function resumeStart(deps: StartDeps, id: string, request: AdmittedRequest): Promise<Answer> {
  const { verification: state } = await deps.state.store.read(id);
  if (!state) return busUnavailable(deps);
  if (state.status === 'admitted' && !(await publish(deps, id, request, state.createdAt, state.expiresAt))) {
    return busUnavailable(deps);
  }
  deps.onStart('created');
  return answer(202, viewSend(state, true));
}

/** @returns whether a message will go out: Kafka has the request, or somebody else has taken it on */
async function publish(
  deps: StartDeps,
  id: string,
  request: AdmittedRequest,
  createdAt: number,
  expiresAt: number,
): Promise<boolean> {
  const data = composeRequest(id, request, createdAt, expiresAt);
  const eventId = `${id}.1.${randomBytes(9).toString('base64url')}`;
  try {
    await deps.state.publish(
      { topic: REQUEST_TOPIC, key: id, id: eventId, type: EVENTS[REQUEST_TOPIC].type, timeMs: createdAt, data },
      { timeoutMs: PUBLISH_MS },
    );
    return true;
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    return (await deps.state.store.abandon(id, request)).outcome === 'kept';
  }
}

async function composeAdmission(
  deps: StartDeps,
  tenant: TenantConfig,
  plan: RequestPlan,
  body: StartRequest,
  id: string,
): Promise<AdmittedRequest> {
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
      operator: '',
      limit_bucket: bucketOf(deps.keys, tenant.id, recipient.key, kid),
      limit_key: lookupKey(deps.keys, tenant.id, '', recipient.key, kid).value,
    })),
    code_length: plan.codeLength,
    checks_max: plan.checksMax,
    cooldown_ms: tenant.defaults.resendCooldownMs,
    locale: plan.locale,
    webotp: plan.webotp,
    ...(body.client_reference !== undefined && { client_reference: body.client_reference }),
  };
}

/** The lookup key whose bucket is written in the id: the current one, or after a rotation the one the id was made with. */
function keyOfBucket(keys: KeyRing<'lookup'>, tenant: string, recipient: string, id: string): string {
  const { bucket } = parseVerificationId(id)!;
  const match = keys.all('lookup').find(({ kid }) => bucketOf(keys, tenant, recipient, kid) === bucket);
  return (match ?? keys.current('lookup')).kid;
}

function wideCharges(tenant: TenantConfig, plan: RequestPlan, clientIp: string | undefined): Charge[] {
  const { wide } = tenant.limits;
  const first = plan.recipients[plan.workflow[0]!.recipient]!;
  const network = clientIp === undefined ? undefined : ipPrefix(clientIp);
  const charges: Charge[] = [{ scope: 'tenant', key: tenant.id, limit: wide.tenantPerMinute, windowMs: MINUTE_MS }];
  if (network)
    charges.push({
      scope: 'ip_prefix',
      key: `${tenant.id}|${network}`,
      limit: wide.ipPrefixPerHour,
      windowMs: 60 * MINUTE_MS,
    });
  if (first.country !== '') {
    const country = { scope: 'country', key: `${tenant.id}|${first.country}` } as const;
    charges.push({ ...country, limit: wide.countryPerMinute, windowMs: MINUTE_MS });
    const prefix = { scope: 'number_prefix', key: `${tenant.id}|${numberPrefix(first.value)}` } as const;
    charges.push({ ...prefix, limit: wide.numberPrefixPer10Minutes, windowMs: 10 * MINUTE_MS });
  }
  return charges.filter(({ limit }) => limit > 0);
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

function tooMany(detail: string, retryAfterMs: number): Answer {
  return problem({ status: 429, code: 'rate_limited', detail, retryAfterMs });
}

function busUnavailable(deps: StartDeps): Answer {
  deps.onStart('abandoned');
  return problem({
    status: 503,
    code: 'otp_bus_unavailable',
    detail: 'The event bus cannot be reached; nothing was started. Try again.',
    retryAfterMs: 2000,
  });
}

/** Names something in a wide limit without keeping it in clear. */
export function createLimitHash(keys: KeyRing<'lookup'>): (text: string) => string {
  return (text) => keyedHash(keys, 'limit', [text]).value;
}
