import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createBus as createKafkaBus } from '@watchword/bus';
import type { Bus, BusConfig } from '@watchword/bus';
import { createKeyRing } from '@watchword/otp';
import type { KeyRing, KeyRole } from '@watchword/otp';
import type { FastifyInstance } from 'fastify';
import type { Cluster, Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from '../config/compile.ts';
import { keyMaterial } from '../config/key-material.ts';
import { closeHttpServer } from '../http/close-http-server.ts';
import { createHttpServer } from '../http/create-http-server.ts';
import { createLogger } from '../logging/create-logger.ts';
import { createMastersMetric, createMetrics, showReadiness } from '../metrics.ts';
import { createReadiness } from '../probes.ts';
import type { Readiness, ReadinessCheck } from '../probes.ts';
import { checkRedis } from '../redis/check-writes.ts';
import { closeRedis, connectRedis } from '../redis/connect-redis.ts';
import { redisOptions } from '../redis/redis-options.ts';
import { openTracing } from '../tracing/open-tracing.ts';
import type { Spans } from '../tracing/spans.ts';
import { traceBus } from '../tracing/trace-bus.ts';
import { busConfig } from './bus-config.ts';
import { watchConsumers, type Liveness } from './watch-consumers.ts';
import { checkBus, isRedisWhole } from './readiness-checks.ts';
import type { RunningService, Service, ServiceDeps } from './service.ts';
import { stopInOrder } from './stop-in-order.ts';
import type { StopReport, StopStep } from './stop-in-order.ts';

/** For the whole shutdown. Below Kubernetes' default grace of 30 s, above one attempt with its failovers (8 s). */
export const STOP_DEADLINE_MS = 15_000;
/** Of that, what the bus may take to drain. */
const BUS_CLOSE_MS = 5000;

export interface StartProcessOptions {
  config: Config;
  /** Started in this order, stopped in the reverse. */
  services: readonly Service[];
  /** The process's name in logs, metrics and CLIENT LIST: the service's, or `standalone`. */
  name: string;
  /** Default: `createInstanceName(name)`. */
  instance?: string;
  /** Default: standard output, at the level of the configuration. */
  log?: Logger;
  metrics?: Registry;
  /** Default: Kafka as the configuration says. */
  createBus?: (config: BusConfig, deps: { log: Logger; metrics: Registry }) => Bus;
}

export interface RunningProcess {
  /** Where its HTTP port is, seen from this machine. */
  url: string;
  instance: string;
  log: Logger;
  metrics: Registry;
  readiness: Pick<Readiness, 'report'>;
  /** The ordered shutdown. Called again it gives the same report. */
  stop: (deadlineMs?: number) => Promise<StopReport>;
}

/** `ingest-host7-3f9a2c`: the same for no two processes, nor for one and its successor. */
export function createInstanceName(name: string, random: Uint8Array = randomBytes(3)): string {
  return `${name}-${hostname().slice(0, 40)}-${Buffer.from(random).toString('hex')}`;
}

/**
 * Starts services in this process, behind one HTTP port. Order: keys, Redis, bus, services, port. The shutdown goes the
 * other way: not ready, port closed, services (last started first), bus, Redis. What fails on the way up is taken down again.
 *
 * @throws BaseError OTP_CONFIG_INVALID (a key role is missing, Redis may evict), OTP_STATE_UNAVAILABLE (no Redis); and whatever a service's start throws.
 */
export async function startProcess(options: StartProcessOptions): Promise<RunningProcess> {
  const { config, name } = options;
  const instance = options.instance ?? createInstanceName(name);
  const log = options.log ?? createLogger({ level: config.log.level, service: name, instance });
  const metrics = options.metrics ?? createMetrics({ service: name, instance });
  // Steps of the shutdown, in the order in which they are carried out: each part of the start puts its own in front.
  const steps: StopStep[] = [];
  try {
    const started = await bringUp({ ...options, instance, log, metrics }, steps);
    log.info({ url: started.url, services: options.services.map((service) => service.name) }, 'started');
    let stopping: Promise<StopReport> | undefined;
    const stop = (deadlineMs = STOP_DEADLINE_MS) =>
      (stopping ??= stopInOrder(steps, config.http.drainMs + deadlineMs, log));
    return { ...started, instance, log, metrics, stop };
  } catch (error) {
    await stopInOrder(steps, STOP_DEADLINE_MS, log);
    throw error;
  }
}

type Context = StartProcessOptions & { instance: string; log: Logger; metrics: Registry };

async function bringUp(context: Context, steps: StopStep[]): Promise<Pick<RunningProcess, 'url' | 'readiness'>> {
  const { config, services, instance, log, metrics } = context;
  const keys = ringFor(config, services);
  const spans = await openSpans(context, steps);
  const redis = await connectRoles(context, steps);
  const bus = openBus(context, spans, steps);

  const queue: ServiceDeps<KeyRole>['redis']['queue'] = (purpose) =>
    redisOptions(config.redis.queue, purpose, `${instance}:queue`);
  const deps = { log, metrics, bus, redis: { state: redis.state, queue }, keys, spans, instance };
  const running = await startServices(services, config, deps, steps);

  const { namespace } = config.redis;
  const masters = createMastersMetric(metrics);
  const probe = (role: string, connection: Redis | Cluster): ReadinessCheck =>
    checkRedis(connection, { namespace, instance, onMasters: (figures) => masters(role, figures) });
  const checks: Record<string, ReadinessCheck> = {
    'redis.state': probe('state', redis.state),
    ...(redis.queue ? { 'redis.queue': probe('queue', redis.queue) } : {}),
    bus: checkBus(bus, () => isRedisWhole(readiness.report())),
    ...serviceChecks(running),
  };
  const advisory = services.every((service) => service.readyWithoutBus) ? ['bus'] : [];
  const readiness: Readiness = createReadiness({ checks, advisory, log });
  showReadiness(metrics, () => readiness.report());
  const liveness = watchConsumers({ bus, redisIsWhole: () => isRedisWhole(readiness.report()), log });
  steps.unshift({ name: 'liveness', stop: () => Promise.resolve(liveness.stop()) });
  const http = await openHttp(context, { readiness, liveness, spans }, running);
  // In front of all others: first the word that goes to the load balancer, then the port.
  steps.unshift(...httpSteps(http, readiness, config.http.drainMs));
  return { url: urlOf(http, config.http.host), readiness };
}

/** Last in the shutdown, so that what the others do there is told too. */
async function openSpans(context: Context, steps: StopStep[]): Promise<Spans | undefined> {
  const { config, name, instance, log, metrics } = context;
  const tracing = await openTracing(config.tracing, { service: name, instance, log, metrics });
  if (tracing) steps.unshift({ name: 'tracing', stop: async () => tracing.close() });
  return tracing?.spans;
}

function openBus(context: Context, spans: Spans | undefined, steps: StopStep[]): Bus {
  const { config, name, log, metrics } = context;
  const bus = (context.createBus ?? createKafkaBus)(busConfig(config, name), { log, metrics });
  steps.unshift({ name: 'bus', stop: () => bus.close(BUS_CLOSE_MS) });
  return spans ? traceBus(bus, spans.of('bus')) : bus;
}

function ringFor(config: Config, services: readonly Service[]): KeyRing<KeyRole> {
  const roles = [...new Set(services.flatMap((service) => service.keyRoles))];
  const needed = services.flatMap(({ keyRoles, optionalKeyRoles }) =>
    keyRoles.filter((role) => !optionalKeyRoles.includes(role)),
  );
  const optional = roles.filter((role) => !needed.includes(role));
  return createKeyRing(keyMaterial(config.keys, roles, optional));
}

async function connectRoles(
  context: Context,
  steps: StopStep[],
): Promise<{ state: Redis | Cluster; queue?: Redis | Cluster }> {
  const { config, services, instance, log } = context;
  const connect = async (role: 'state' | 'queue', purpose: 'api' | 'background') => {
    const redis = await connectRedis(config.redis[role], { purpose, log, name: `${instance}:${role}` });
    steps.unshift({ name: `redis.${role}`, stop: () => closeRedis(redis) });
    return redis;
  };
  const state = await connect('state', 'api');
  // Its own connection only where it is another server: for the probe and for the eviction check.
  const isApart = JSON.stringify(config.redis.queue) !== JSON.stringify(config.redis.state);
  if (!isApart || !services.some((service) => service.usesQueue)) return { state };
  return { state, queue: await connect('queue', 'background') };
}

async function startServices(
  services: readonly Service[],
  config: Config,
  deps: ServiceDeps<KeyRole>,
  steps: StopStep[],
): Promise<Map<string, RunningService>> {
  const running = new Map<string, RunningService>();
  for (const service of services) {
    const started = await service.start(config, deps);
    running.set(service.name, started);
    steps.unshift({ name: `service ${service.name}`, stop: started.stop });
  }
  return running;
}

function serviceChecks(running: ReadonlyMap<string, RunningService>): Record<string, ReadinessCheck> {
  const checks: Record<string, ReadinessCheck> = {};
  for (const [name, service] of running) if (service.ready) checks[name] = service.ready;
  return checks;
}

async function openHttp(
  context: Context,
  { readiness, liveness, spans }: { readiness: Readiness; liveness: Liveness; spans: Spans | undefined },
  running: ReadonlyMap<string, RunningService>,
): Promise<FastifyInstance> {
  const { host, port, requestTimeoutMs } = context.config.http;
  const { log, metrics } = context;
  const app = createHttpServer({ log, metrics, spans, readiness, liveness, requestTimeoutMs });
  for (const service of running.values()) if (service.routes) await app.register(service.routes);
  await readiness.start();
  try {
    await app.listen({ host, port });
  } catch (error) {
    readiness.stop();
    throw error;
  }
  return app;
}

function httpSteps(http: FastifyInstance, readiness: Readiness, drainMs: number): StopStep[] {
  const drain = async () => {
    readiness.drain();
    await new Promise((resolve) => setTimeout(resolve, drainMs));
  };
  const close = async () => {
    await closeHttpServer(http);
    readiness.stop();
  };
  return [
    { name: 'readiness', stop: drain },
    { name: 'http', stop: close },
  ];
}

function urlOf(http: FastifyInstance, host: string): string {
  const address = http.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const seen = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${seen.includes(':') ? `[${seen}]` : seen}:${port}`;
}
