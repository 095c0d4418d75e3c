import { PURPOSE_DEFAULT, type Channel, type StartRequest, type WorkflowStep } from '@watchword/contracts';
import { normaliseRecipient, type NormalisedRecipient } from '@watchword/policy';
import { ipPrefix } from '@watchword/risk';
import type { TenantConfig } from '@watchword/runtime';

/** A start as the tenant's policy allows it: steps, and each different recipient once. */
export interface RequestPlan {
  workflow: WorkflowStep[];
  recipients: NormalisedRecipient[];
  purpose: string;
  locale: string;
  codeLength: number;
  lifeMs: number;
  checksMax: number;
  webotp: boolean;
}

export type PlanResult =
  | { outcome: 'planned'; plan: RequestPlan }
  | { outcome: 'refused'; status: 400 | 422; code: string; path: string; message: string };

/**
 * Turns what was asked into what will be done, or says which field is wrong and what to do. Pure.
 *
 * @param isServed whether any provider of the tenant serves a channel in a country
 */
export function planRequest(
  body: StartRequest,
  tenant: TenantConfig,
  isServed: (channel: Channel, country: string) => boolean,
): PlanResult {
  if (body.workflow && body.channel) {
    return refuse(400, 'invalid_request', 'workflow', 'give either `channel` or `workflow`, not both');
  }
  if (body.client_ip !== undefined && ipPrefix(body.client_ip) === undefined) {
    return refuse(
      422,
      'invalid_ip',
      'client_ip',
      'is no IP address: give the person’s, like 203.0.113.7 or 2001:db8::1',
    );
  }
  const steps = body.workflow ?? [{ channel: body.channel ?? guessChannel(body.to ?? '') }];
  const lifeMs = body.life_seconds === undefined ? tenant.defaults.lifeMs : body.life_seconds * 1000;
  const recipients: NormalisedRecipient[] = [];
  const workflow: WorkflowStep[] = [];
  for (const [index, given] of steps.entries()) {
    const step = typeof given === 'string' ? { channel: given } : given;
    const own = 'to' in step ? step.to : undefined;
    const paths = {
      to: own === undefined ? 'to' : `workflow[${index}].to`,
      channel: body.workflow === undefined ? 'channel' : `workflow[${index}]`,
    };
    const recipient = resolveRecipient(step.channel, own ?? body.to, paths, tenant, isServed);
    if (recipient.outcome === 'refused') return recipient;
    const seconds = 'timeout_seconds' in step ? step.timeout_seconds : undefined;
    workflow.push({
      channel: step.channel,
      recipient: indexOf(recipients, recipient),
      timeout_ms: seconds === undefined ? tenant.defaults.stepMs[step.channel] : seconds * 1000,
    });
  }
  if (body.webotp && tenant.webotpOrigin === undefined) {
    return refuse(422, 'no_webotp_origin', 'webotp', 'the tenant has no webotp_origin in the configuration');
  }
  return {
    outcome: 'planned',
    plan: {
      workflow,
      recipients,
      purpose: body.purpose ?? PURPOSE_DEFAULT,
      locale: body.locale ?? tenant.defaults.locale,
      codeLength: body.code_length ?? tenant.defaults.codeLength,
      lifeMs,
      checksMax: body.checks_max ?? tenant.defaults.checksMax,
      webotp: body.webotp ?? tenant.webotpOrigin !== undefined,
    },
  };
}

/** Without a channel an address tells it. */
function guessChannel(to: string): Channel {
  return to.includes('@') ? 'email' : 'sms';
}

function resolveRecipient(
  channel: Channel,
  to: string | undefined,
  paths: { to: string; channel: string },
  tenant: TenantConfig,
  isServed: (channel: Channel, country: string) => boolean,
): NormalisedRecipient | Extract<PlanResult, { outcome: 'refused' }> {
  if (!tenant.channels.includes(channel)) {
    const allowed = tenant.channels.join(', ');
    return refuse(
      422,
      'channel_not_allowed',
      paths.channel,
      `this tenant may use ${allowed}; ${channel} is not among them`,
    );
  }
  if (to === undefined) return refuse(400, 'invalid_request', paths.to, 'is missing: an address to send the code to');
  const allowedCountries = tenant.countries === 'all' ? undefined : tenant.countries;
  const normalised = normaliseRecipient(channel, to, allowedCountries ? { allowedCountries } : {});
  if (normalised.outcome === 'refused') return refuse(422, normalised.reason, paths.to, normalised.detail);
  if (!isServed(channel, normalised.country)) {
    const where = normalised.country === '' ? '' : ` in ${normalised.country}`;
    return refuse(422, 'no_provider', paths.to, `no provider is configured for ${channel}${where}`);
  }
  return normalised;
}

function indexOf(recipients: NormalisedRecipient[], recipient: NormalisedRecipient): number {
  const known = recipients.findIndex(({ value }) => value === recipient.value);
  return known >= 0 ? known : recipients.push(recipient) - 1;
}

function refuse(
  status: 400 | 422,
  code: string,
  path: string,
  message: string,
): Extract<PlanResult, { outcome: 'refused' }> {
  return { outcome: 'refused', status, code, path, message };
}
