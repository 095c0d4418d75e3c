import { createBus, type Bus } from '@watchword/bus';
import type { Cluster, Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Config } from '../config/compile.ts';
import { closeRedis, connectRedis } from '../redis/connect-redis.ts';
import { redisOptions, type RedisPurpose, type RedisTarget } from '../redis/redis-options.ts';
import { busConfig } from './bus-config.ts';

/** A person at a terminal waits. */
const READY_MS = 5_000;
/** What is published by a tool is waited for; nothing is left to drain. */
const CLOSE_MS = 2_000;

/** A deployment's Redis and Kafka, for a tool that runs beside its services. */
export interface Engines {
  redis: Redis | Cluster;
  bus: Bus;
  /** Options for connections that `packages/queues` makes for itself. */
  queue: (purpose: RedisPurpose) => RedisTarget;
  close(): Promise<void>;
}

/** A deployment's Kafka alone, for a tool: who runs it needs no way to Redis. It is connected in the background; whoever opens it closes it. */
export function openBus(config: Config, { name, log }: { name: string; log: Logger }): Bus {
  return createBus(busConfig(config, name), { log });
}

/** @throws BaseError OTP_STATE_UNAVAILABLE when Redis is not there within 5 s; Kafka is connected in the background */
export async function openEngines(config: Config, options: { name: string; log: Logger }): Promise<Engines> {
  const { name, log } = options;
  const redis = await connectRedis(config.redis.state, { purpose: 'background', log, name, readyMs: READY_MS });
  const bus = openBus(config, options);
  return {
    redis,
    bus,
    queue: (purpose) => redisOptions(config.redis.queue, purpose, `${name}:queue`),
    async close() {
      await bus.close(CLOSE_MS);
      await closeRedis(redis);
    },
  };
}
