import { createVerificationId, type Channel } from '@watchword/contracts';
import { bucketOf, lookupKey, type KeyRing } from '@watchword/otp';
import { createWideLimits } from '@watchword/risk';
import { defineService, openState, type ServiceConfig, type State, type TenantConfig } from '@watchword/runtime';
import { createAsk } from './ask-for-send.ts';
import { countStarts } from './metrics.ts';
import { planRequest, type PlanResult } from './plan-request.ts';
import { createRoutes } from './routes.ts';
import { createLimitHash, startVerification } from './start-verification.ts';

const VERSION = '0.1.0';

/** Starts verifications: authenticates, validates, admits, publishes the request, answers 202. */
export const ingest = defineService({
  name: 'ingest',
  keyRoles: ['seal', 'lookup'],
  start: async (config, { log, metrics, bus, redis, keys, instance }) => {
    const { namespace } = config.redis;
    const { region } = config;
    const state = openState({ redis: redis.state, bus, namespace, region, role: 'ingest', instance, log });
    const limits = createWideLimits(redis.state, { namespace, hash: createLimitHash(keys) });
    const ask = createAsk({ store: state.store, keys, limits });
    const onStart = countStarts(metrics);
    const routes = createRoutes({
      state,
      idempotency: { store: state.idempotency, keys },
      region,
      version: VERSION,
      tenants: config.tenants,
      plan: (tenant, body) =>
        planRequest(body, tenant, (channel, country) => isServed(config, tenant, channel, country)),
      createId: async (tenant, plan) => createId(state, keys, region, tenant, plan),
      start: async (tenant, plan, body, id) =>
        startVerification({ state, keys, limits, ask, onStart }, tenant, plan, body, id),
      ask,
    });
    return { routes, stop: async () => state.close() };
  },
});

function isServed(config: ServiceConfig, tenant: TenantConfig, channel: Channel, country: string): boolean {
  return config.providers.some(
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
  state: State,
  keys: KeyRing<'lookup'>,
  region: string,
  tenant: TenantConfig,
  planned: PlanResult,
): Promise<string> {
  if (planned.outcome === 'refused') return createVerificationId({ region, bucket: 0 });
  const { plan } = planned;
  const recipient = plan.recipients[plan.workflow[0]!.recipient]!.key;
  const [current, ...former] = keys.all('lookup').map(({ kid }) => kid);
  for (const kid of former) {
    const bucket = bucketOf(keys, tenant.id, recipient, kid);
    const { value } = lookupKey(keys, tenant.id, plan.purpose, recipient, kid);
    if (await state.store.findByLookup(bucket, `${kid}.${value}`)) return createVerificationId({ region, bucket });
  }
  return createVerificationId({ region, bucket: bucketOf(keys, tenant.id, recipient, current) });
}
