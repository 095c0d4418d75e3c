import type { Bus } from '@watchword/bus';
import type { Channel } from '@watchword/contracts';
import type { KeyRing } from '@watchword/otp';
import { createSubmitter, type SubmitResult, type Submitter } from '@watchword/providers';
import { createDeliveryWorker, type DeliveryJob, type DeliveryWorkerOptions } from '@watchword/queues';
import type { SharedBreakers } from '@watchword/quality';
import { createRouter, type ScoreTable } from '@watchword/routing';
import { priceOf, submitterSettings, type ServiceConfig, type Spans, type State } from '@watchword/runtime';
import type { Logger } from 'pino';
import { buryJob } from './bury-job.ts';
import { createChooser } from './choose-provider.ts';
import type { DeliverDeps } from './deliver-deps.ts';
import { deliverJob, type JobResult } from './deliver-job.ts';
import type { DeliveryControl } from './follow-controls.ts';
import { createInFlight } from './in-flight.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { createRouteTerms } from './route-terms.ts';
import { createBarredTeller } from './tell-barred.ts';
import { createThroughput } from './throughput.ts';
import { traceJobs, traceSubmitter } from './trace-delivery.ts';

/** Runs of one job by the queue. Waiting for a free place at a provider counts too; the state bounds the attempts. */
const RUNS_MAX = 1_000;
/** Longer than a job's calls may take: what is under way is settled before the process goes. */
const DRAIN_MS = 10_000;

export interface WorkerInput {
  config: ServiceConfig<'submit'>;
  channel: Channel;
  /** The process' `DEBUG`: the vendors' SDKs would log secrets with it. */
  debug: string | undefined;
  state: State;
  keys: KeyRing<'seal' | 'pepper'>;
  connection: DeliveryWorkerOptions['connection'];
  bus: Pick<Bus, 'publishRecord'>;
  log: Logger;
  counts: DeliveryMetrics;
  /** What is expected of each provider just now. */
  scores: () => ScoreTable;
  breakers: SharedBreakers;
  /** What operators ask for just now. */
  controls: () => readonly DeliveryControl[];
  /** Where tracing is on. */
  spans: Spans | undefined;
}

export interface ChannelWorker {
  channel: Channel;
  running(): boolean;
  stop(): Promise<void>;
}

/** The worker of one channel, with the adapters of its providers. */
export function startWorker(input: WorkerInput): ChannelWorker {
  const { config, channel, counts, log, spans } = input;
  const { concurrency, shards } = config.delivery;
  const submitters = createSubmitters(input);
  const deps = composeDeps(input, submitters);
  const once = async (job: DeliveryJob): Promise<JobResult> => deliverJob(deps, job);
  const deliver = spans ? traceJobs(spans, channel, once) : once;
  const worker = createDeliveryWorker(
    {
      connection: input.connection,
      namespace: config.redis.namespace,
      channel,
      shards,
      concurrency,
      attemptsMax: RUNS_MAX,
    },
    {
      log,
      handle: async (job) => {
        const result = await counts.run(channel, async () => deliver(job));
        return result.outcome === 'done' ? { outcome: 'done' } : result;
      },
      bury: async (dead) => {
        await buryJob({ store: input.state.store, bus: input.bus, channel }, dead);
        counts.dead(channel);
      },
    },
  );
  return {
    channel,
    running: () => worker.running(),
    async stop() {
      await worker.close(DRAIN_MS);
      await Promise.all([...submitters.values()].map(async (submitter) => submitter.close()));
    },
  };
}

function createSubmitters({ config, channel, debug, spans }: WorkerInput): ReadonlyMap<string, Submitter> {
  const providers = config.providers.filter((provider) => provider.channel === channel);
  return new Map(
    providers.map((provider) => {
      const submitter = createSubmitter(submitterSettings(provider), { debug });
      return [provider.name, spans ? traceSubmitter(spans, submitter) : submitter];
    }),
  );
}

function composeDeps(input: WorkerInput, submitters: ReadonlyMap<string, Submitter>): DeliverDeps {
  const { config, channel, state, keys, counts, breakers } = input;
  const { attemptTimeoutMs, failoverBudgetMs } = config.delivery;
  const byName = new Map(config.providers.map((provider) => [provider.name, provider]));
  const inFlight = createInFlight((name) => byName.get(name)!.maxInFlight);
  const router = createRouter(input.scores);
  const terms = createRouteTerms({ config, channel, controls: input.controls });
  const throughput = createThroughput((name) => byName.get(name)!.maxPerSecond);
  const onNobody = createBarredTeller(input.log, channel);
  const tellAccount = createAccountTeller(input.log);
  return {
    store: state.store,
    outbox: state.outbox,
    keys,
    chooser: createChooser({ router, terms, inFlight, throughput, breakers, onNobody, random: Math.random }),
    submitters,
    inFlight,
    throughput,
    breakers,
    tenant: tenantTexts(config),
    callbackUrl: (provider) => `${config.publicUrl}/webhooks/${provider}`,
    attemptTimeoutMs: (provider) => Math.min(byName.get(provider)!.timeoutMs, attemptTimeoutMs),
    failoverBudgetMs,
    random: Math.random,
    onRecoveredSend: () => counts.recoveredSend(channel),
    priceOf: (provider, country) => priceOf(byName.get(provider)?.price, country),
    onFirstCall: (afterMs) => counts.firstCall(channel, afterMs),
    onAccepted: (provider, accepted) => counts.accepted(channel, provider, accepted),
    onAttempt: (provider, result, seconds) => {
      counts.attempt(channel, provider, result, seconds);
      tellAccount(provider, result);
    },
  };
}

/** Wrong credentials or an empty account: said once when it begins and once when it is over, not at every message. */
function createAccountTeller(log: Logger): (provider: string, result: SubmitResult) => void {
  const refused = new Set<string>();
  return (provider, result) => {
    const refuses = result.outcome === 'rejected' && result.error === 'account';
    if (refuses && !refused.has(provider)) {
      refused.add(provider);
      log.error({ provider, provider_code: result.providerCode }, 'the provider refuses our account');
    }
    if (result.outcome === 'accepted' && refused.delete(provider)) {
      log.info({ provider }, 'the provider takes our account again');
    }
  };
}

/** What the texts say of a tenant. */
function tenantTexts(config: ServiceConfig) {
  const texts = new Map(
    config.tenants.map(({ id, brand, webotpOrigin }) => [id, { brand, ...(webotpOrigin && { webotpOrigin }) }]),
  );
  return (tenant: string) => texts.get(tenant);
}
