import { createVerificationId, type Channel, type StartRequest } from '@watchword/contracts';
import { bucketOf, lookupKey, type KeyRing } from '@watchword/otp';
import {
  problem,
  traceToCarry,
  type Answer,
  type ServiceConfig,
  type Spans,
  type TenantConfig,
} from '@watchword/runtime';
import { planRequest, type PlanResult, type RequestPlan } from './plan-request.ts';
import { resumeStart, startVerification, type StartDeps } from './start-verification.ts';

/** A start that is looked at and not yet done. */
export interface PreparedStart {
  /** The verification id that it would get: in the bucket of its first recipient. */
  id: string;
  /** @param id the one that was reserved for it: not the above where an earlier try of the same call had begun it */
  run: (id: string) => Promise<Answer>;
  /**
   * What an earlier try had admitted under the id goes out, whatever is said now: this is its answer. Undefined where there is
   * none. `run` asks it first, before any limit: it was charged then.
   */
  resume: (id: string) => Promise<Answer | undefined>;
}

/** How a start came here. */
interface StartOrigin {
  /** W3C trace context, as its caller gave it. */
  traceparent: unknown;
}

/**
 * What every start goes through, whichever way it comes in: what the policy says of it and the id that it would get, then,
 * under the id that was reserved for it, limits, admission and publication.
 */
export type PrepareStart = (tenant: TenantConfig, body: StartRequest, origin: StartOrigin) => Promise<PreparedStart>;

export type EntranceDeps = StartDeps &
  Pick<ServiceConfig, 'providers' | 'region'> & {
    /** Where tracing is on. */
    spans: Spans | undefined;
  };

export function createEntrance(deps: EntranceDeps): PrepareStart {
  return async (tenant, body, origin) => {
    const traceparent = traceToCarry(deps.spans, origin.traceparent);
    const planned = planRequest(body, tenant, (channel, country) => isServed(deps, tenant, channel, country));
    const created = await createId(deps, tenant, planned);
    const resume: PreparedStart['resume'] = async (id) => (id === created ? undefined : resumeStart(deps, id));
    return {
      id: created,
      resume,
      run: async (id) => {
        if (planned.outcome === 'refused') return refusal(planned);
        return (await resume(id)) ?? startVerification(deps, tenant, planned.plan, body, { id, traceparent });
      },
    };
  };
}

function refusal({ status, code, path, message }: Extract<PlanResult, { outcome: 'refused' }>): Answer {
  return problem({ status, code, detail: message, errors: [{ path, message }] });
}

function isServed(
  { providers }: Pick<ServiceConfig, 'providers'>,
  tenant: TenantConfig,
  channel: Channel,
  country: string,
): boolean {
  return providers.some(
    (provider) =>
      provider.channel === channel &&
      tenant.providers.includes(provider.name) &&
      (country === '' || provider.countries === undefined || provider.countries.includes(country)),
  );
}

/**
 * An id in the bucket of the first recipient. After a rotation of the lookup key a verification that is live under the former
 * one is joined: then the bucket is the former one's.
 */
async function createId(
  { state, keys, region }: Pick<EntranceDeps, 'state' | 'region'> & { keys: KeyRing<'lookup'> },
  tenant: TenantConfig,
  planned: PlanResult,
): Promise<string> {
  if (planned.outcome === 'refused') return createVerificationId({ region, bucket: 0 });
  const { plan } = planned;
  const recipient = firstRecipient(plan);
  const [current, ...former] = keys.all('lookup').map(({ kid }) => kid);
  for (const kid of former) {
    const bucket = bucketOf(keys, tenant.id, recipient, kid);
    const { value } = lookupKey(keys, tenant.id, plan.purpose, recipient, kid);
    if (await state.store.findByLookup(bucket, `${kid}.${value}`)) return createVerificationId({ region, bucket });
  }
  return createVerificationId({ region, bucket: bucketOf(keys, tenant.id, recipient, current) });
}

function firstRecipient({ recipients, workflow }: RequestPlan): string {
  return recipients[workflow[0]!.recipient]!.key;
}
