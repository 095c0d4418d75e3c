import { CHANNELS, type Channel } from '@watchword/contracts';
import { createSubmitter, type Submitter } from '@watchword/providers';
import { createDeliveryWorker } from '@watchword/queues';
import { createStaticRouter, type Candidate } from '@watchword/routing';
import { defineService, openState, providerSettings, type Service, type ServiceConfig } from '@watchword/runtime';
import { createChooser } from './choose-provider.ts';
import { deliverJob } from './deliver-job.ts';
import { createInFlight } from './in-flight.ts';
import { createDeliveryMetrics } from './metrics.ts';

/** Runs of one job by the queue. Waiting for a free place at a provider counts too; the state bounds the attempts. */
const RUNS_MAX = 1_000;
/** Longer than a job's calls may take: what is under way is settled before the process goes. */
const DRAIN_MS = 10_000;

/** The workers of one channel: take a send, choose a provider, submit, settle. */
export function delivery(channel: Channel, debug: string | undefined): Service {
  return defineService({
    name: `delivery-${channel}`,
    keyRoles: ['seal', 'pepper'],
    providerSecrets: true,
    usesQueue: true,
    readyWithoutBus: true,
    start: async (config, { log, metrics, bus, redis, keys, instance }) => {
      const { region } = config;
      const { namespace } = config.redis;
      const role = `delivery-${channel}`;
      const state = openState({ redis: redis.state, bus, namespace, region, role, instance, log });
      const providers = config.providers.filter((provider) => provider.channel === channel);
      const submitters = new Map<string, Submitter>(
        providers.map((provider) => [provider.name, createSubmitter(providerSettings(provider), { debug })]),
      );
      const { concurrency, attemptTimeoutMs, failoverBudgetMs, shards } = config.delivery;
      const byName = new Map(providers.map((provider) => [provider.name, provider]));
      const inFlight = createInFlight(concurrency, (name) => byName.get(name)?.maxInFlight);
      const counts = createDeliveryMetrics(metrics, channel);
      const deps = {
        store: state.store,
        outbox: state.outbox,
        keys,
        chooser: createChooser({
          router: createStaticRouter(),
          candidates: candidatesByTenant(config, channel),
          inFlight,
          random: Math.random,
        }),
        submitters,
        inFlight,
        tenant: tenantTexts(config),
        callbackUrl: (provider: string) => `${config.publicUrl}/webhooks/${provider}`,
        attemptTimeoutMs: (provider: string) => Math.min(byName.get(provider)!.timeoutMs, attemptTimeoutMs),
        failoverBudgetMs,
        random: Math.random,
        onAttempt: counts.attempt,
      };
      const worker = createDeliveryWorker(
        { connection: redis.queue('worker'), namespace, channel, shards, concurrency, attemptsMax: RUNS_MAX },
        {
          log,
          handle: async (job) => {
            const result = await deliverJob(deps, job);
            counts.job(result);
            return result.outcome === 'done' ? { outcome: 'done' } : result;
          },
        },
      );
      return {
        ready: () => (worker.running() ? { ready: true } : { ready: false, reason: 'the worker does not run' }),
        // no new jobs, those under way are settled, then their events are shipped
        stop: async () => {
          await worker.close(DRAIN_MS);
          await Promise.all([...submitters.values()].map(async (submitter) => submitter.close()));
          await state.close();
        },
      };
    },
  });
}

function candidatesByTenant(config: ServiceConfig, channel: Channel): (tenant: string) => readonly Candidate[] {
  const candidates = config.providers
    .filter((provider) => provider.channel === channel)
    .map(({ name, priority, countries }) => ({ provider: name, priority, ...(countries && { countries }) }));
  const byTenant = new Map(
    config.tenants.map((tenant) => [
      tenant.id,
      candidates.filter(({ provider }) => tenant.providers.includes(provider)),
    ]),
  );
  return (tenant) => byTenant.get(tenant) ?? [];
}

function tenantTexts(config: ServiceConfig) {
  const texts = new Map(
    config.tenants.map(({ id, brand, webotpOrigin }) => [id, { brand, ...(webotpOrigin && { webotpOrigin }) }]),
  );
  return (tenant: string) => texts.get(tenant);
}

/** @throws Error where it names no channel */
export function parseChannel(text: string | undefined): Channel {
  const channel = CHANNELS.find((each) => each === text);
  if (!channel) throw new Error(`CHANNEL must be one of ${CHANNELS.join(', ')}: each channel has its own deployment.`);
  return channel;
}
