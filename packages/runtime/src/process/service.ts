import type { Bus } from '@watchword/bus';
import type { KeyRing, KeyRole } from '@watchword/otp';
import type { FastifyPluginAsync } from 'fastify';
import type { Cluster, Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Config } from '../config/compile.ts';
import { narrowConfig, type ProviderUse, type ServiceConfig } from '../config/narrow-config.ts';
import type { ReadinessState } from '../probes.ts';
import type { Spans } from '../tracing/spans.ts';
import type { RedisPurpose, RedisTarget } from '../redis/redis-options.ts';

/** What a service is given. It closes none of it: what it did not make is not its to end. */
export interface ServiceDeps<R extends KeyRole> {
  log: Logger;
  metrics: Registry;
  bus: Bus;
  redis: {
    /** Shared by the process, with auto-pipelining where it is no Cluster. Commands fail within 1.5 s, at once while Redis is away. */
    state: Redis | Cluster;
    /** Options for connections that `packages/queues` makes for itself. */
    queue: (purpose: RedisPurpose) => RedisTarget;
  };
  keys: KeyRing<R>;
  /** Undefined where tracing is off. The bus and HTTP are traced without it. */
  spans: Spans | undefined;
  /** Unique among all processes, also after a restart: leases and heartbeats are in its name. */
  instance: string;
}

export interface RunningService {
  /** Registered in a context of its own. Streams that stay open must end in a `preClose` hook. */
  routes?: FastifyPluginAsync;
  /** The service's own word, asked every second. Left out: ready since it has started. */
  ready?: () => ReadinessState;
  /** Takes nothing new, finishes what is begun, hands back what is not. HTTP has ended before; bus and Redis still work. */
  stop: () => Promise<void>;
}

export interface ServiceDefinition<R extends KeyRole, U extends ProviderUse = never> {
  name: string;
  /** The only roles whose keys it gets. */
  keyRoles: readonly R[];
  /** Of these, the roles that a deployment may have no keys of: then `deps.keys.roles` does not name them. Default: none. */
  optionalKeyRoles?: readonly R[];
  /** What it does with the providers' secrets: it gets those of this use. Left out: none, and they need not be there. */
  providerSecrets?: U;
  /** Whether it uses the queue's Redis, which is then checked too. Default false. */
  usesQueue?: boolean;
  /** It does its work while Kafka is away, so it must not be taken out of service for that. Default false. */
  readyWithoutBus?: boolean;
  start: (config: ServiceConfig<U>, deps: ServiceDeps<R>) => Promise<RunningService>;
}

/** A service as a process runs it: it is handed the process's whole ring and configuration and narrows both before its own code sees them. */
export type Service = Readonly<Required<Omit<ServiceDefinition<KeyRole>, 'start' | 'providerSecrets'>>> & {
  readonly providerSecrets: ProviderUse | undefined;
  start: (config: Config, deps: ServiceDeps<KeyRole>) => Promise<RunningService>;
};

/**
 * Declares a service. The types of `deps.keys` and of the configuration follow from `keyRoles` and `providerSecrets`, and so
 * does what they hold at run time.
 */
export function defineService<R extends KeyRole = never, U extends ProviderUse = never>(
  definition: ServiceDefinition<R, U>,
): Service {
  return {
    usesQueue: false,
    readyWithoutBus: false,
    optionalKeyRoles: [],
    ...definition,
    providerSecrets: definition.providerSecrets,
    start: (config, deps) =>
      definition.start(narrowConfig<U>(config, definition.providerSecrets), {
        ...deps,
        log: deps.log.child({ service: definition.name }),
        spans: deps.spans?.of(definition.name),
        keys: deps.keys.narrow(...rolesGiven(definition, deps.keys)),
      }),
  };
}

function rolesGiven<R extends KeyRole>(
  { keyRoles, optionalKeyRoles = [] }: Pick<ServiceDefinition<R>, 'keyRoles' | 'optionalKeyRoles'>,
  { roles }: KeyRing<KeyRole>,
): R[] {
  return keyRoles.filter((role) => roles.includes(role) || !optionalKeyRoles.includes(role));
}
