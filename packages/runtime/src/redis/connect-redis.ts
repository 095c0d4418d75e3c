import { BaseError } from '@watchword/contracts';
import { Cluster, Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { RedisSettings } from '../config/compile-redis.ts';
import { checkEviction } from './check-eviction.ts';
import { logOutages } from './log-outages.ts';
import { redisOptions } from './redis-options.ts';
import type { RedisPurpose, RedisTarget } from './redis-options.ts';

/** How long the first connection may take before the process gives up: a Redis that loads its data needs some seconds. */
const READY_MS = 15_000;

export interface ConnectRedisOptions {
  purpose: RedisPurpose;
  log: Logger;
  /** In logs and CLIENT LIST: `ingest:state`. */
  name: string;
  readyMs?: number;
}

/**
 * Connects and waits until Redis answers. Later outages are reconnected for ever, and logged once each.
 * @throws BaseError OTP_STATE_UNAVAILABLE when it isn't ready within `readyMs`, with the last reason.
 */
export async function connectRedis(settings: RedisSettings, options: ConnectRedisOptions): Promise<Redis | Cluster> {
  const redis = open(redisOptions(settings, options.purpose, options.name));
  const outage = logOutages(redis, options);
  try {
    await waitUntilReady(redis, options.readyMs ?? READY_MS);
  } catch {
    redis.disconnect();
    const reason = outage.lastReason() ?? 'no answer';
    throw new BaseError('OTP_STATE_UNAVAILABLE', `Redis (${options.name}) is not ready: ${reason}.`, {
      retry: true,
      context: { redis: options.name, servers: serversOf(settings), reason },
    });
  }
  // A Cluster's nodes are connected by their first command, and what comes meanwhile is refused where nothing may be queued.
  if (redis instanceof Cluster) await Promise.allSettled(redis.nodes('master').map(async (master) => master.ping()));
  await checkEviction(redis, options);
  return redis;
}

function open(target: RedisTarget): Redis | Cluster {
  if (!('cluster' in target)) return new Redis({ ...target, lazyConnect: true, replyMapping: 'legacy' });
  const { cluster, options } = target;
  return new Cluster([...cluster], {
    ...options,
    lazyConnect: true,
    redisOptions: { ...options.redisOptions, replyMapping: 'legacy' },
  });
}

function serversOf(settings: RedisSettings): string {
  const nodes = settings.kind === 'server' ? [settings] : settings.nodes;
  return nodes.map(({ host, port }) => `${host}:${port}`).join(',');
}

async function waitUntilReady(redis: Redis | Cluster, readyMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('not ready in time')), readyMs);
  redis.once('ready', resolve);
  // The promise of connect() fails with the first try; the tries after it are the retry strategy's.
  redis.connect().catch(() => undefined);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    redis.off('ready', resolve);
  }
}

/** Ends a connection: what was sent is answered first, but a Redis that is gone is not waited for. */
export async function closeRedis(redis: Redis | Cluster, timeoutMs = 1000): Promise<void> {
  if (redis.status === 'end') return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  try {
    await Promise.race([redis.quit(), promise]);
  } catch {
    // It was down already; the disconnect below is all that is left to do.
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
}
