import type { Subscription } from '@watchword/bus';
import { INGRESS_RESULT_TOPIC, StartRequest, TOPICS, ingressTopicSpec } from '@watchword/contracts';
import type { KeyRing } from '@watchword/otp';
import {
  createBodyValidator,
  ensureTopics,
  type RunningService,
  type ServiceConfig,
  type ServiceDeps,
  type State,
} from '@watchword/runtime';
import { createIdempotencyStore } from '@watchword/verification';
import type { PrepareStart } from '../start-entrance.ts';
import { consumeIngress, type IngressDeps } from './consume-ingress.ts';
import type { FairGate } from './fair-gate.ts';

/** How long a verdict on a record is kept: for as long as Kafka keeps the record (1 h), and its last segment. */
const RECORDS_KEPT_MS = 2 * 3_600_000;

export interface OpenIngressOptions {
  config: ServiceConfig;
  deps: Pick<ServiceDeps<'lookup'>, 'log' | 'bus' | 'redis'>;
  keys: KeyRing<'lookup'>;
  ingressKeys: KeyRing<'ingress'> | undefined;
  state: State;
  prepare: PrepareStart;
  gate: FairGate;
  onVerdict: IngressDeps['onVerdict'];
}

export type Ingress = Required<Pick<RunningService, 'ready' | 'stop'>>;

/**
 * Makes the topics of the tenants that have an ingress and takes what their platforms emit, until stopped. Without such a
 * tenant it does nothing and is ready.
 */
export function openIngress(options: OpenIngressOptions): Ingress {
  const tenants = new Map(
    options.config.tenants.flatMap((tenant) => (tenant.ingress ? [[tenant.ingress.topic, tenant] as const] : [])),
  );
  if (tenants.size === 0) return { ready: () => ({ ready: true }), stop: () => Promise.resolve() };
  const { log } = options.deps;
  const stopping = new AbortController();
  let joined = false;
  let failure: unknown;
  const consuming = consume(options, tenants, stopping.signal);
  consuming
    .then(async (subscription) => {
      await subscription?.joined();
      joined = true;
    })
    .catch((error: unknown) => {
      if (stopping.signal.aborted) return; // stopped before it had joined
      failure = error;
      log.fatal({ err: error }, 'what platforms emit cannot be consumed');
    });
  return {
    ready: () => {
      if (failure !== undefined) return { ready: false, reason: 'what platforms emit cannot be consumed' };
      return joined ? { ready: true } : { ready: false, reason: 'the group of the ingress is not joined yet' };
    },
    stop: async () => {
      stopping.abort();
      await (await consuming.catch(() => undefined))?.stop(); // what it failed with is logged and keeps it unready
    },
  };
}

async function consume(
  { config, deps, keys, ingressKeys, state, prepare, gate, onVerdict }: OpenIngressOptions,
  tenants: IngressDeps['tenants'],
  stopping: AbortSignal,
): Promise<Subscription | undefined> {
  const { bus, log } = deps;
  const specs = [
    ...TOPICS.filter(({ name }) => name === INGRESS_RESULT_TOPIC),
    ...[...tenants.keys()].map(ingressTopicSpec),
  ];
  if (!(await ensureTopics(bus, specs, config.kafka.replicationFactor, log, stopping))) return undefined;
  const { namespace } = config.redis;
  return consumeIngress({
    bus,
    tenants,
    gate,
    prepare,
    validate: createBodyValidator(StartRequest),
    requests: state.idempotency,
    records: createIdempotencyStore(deps.redis.state, { namespace, keptMs: RECORDS_KEPT_MS }),
    lookupKeys: keys,
    ingressKeys,
    publish: state.publish,
    onUnkept: (error) => log.warn({ err: error }, 'a verdict on a record could not be kept; it is found by its id'),
    onVerdict,
    now: Date.now,
    log,
    stopping,
  });
}
