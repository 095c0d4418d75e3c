import { BaseError } from '@watchword/contracts';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { RedisSettings } from '../config/compile-redis.ts';
import { checkEviction } from './check-eviction.ts';
import { redisOptions } from './redis-options.ts';
import type { RedisPurpose } from './redis-options.ts';

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
export async function connectRedis(settings: RedisSettings, options: ConnectRedisOptions): Promise<Redis> {
  const connection = redisOptions(settings, options.purpose, options.name);
  const redis = new Redis({ ...connection, lazyConnect: true, replyMapping: 'legacy' });
  const outage = logOutages(redis, options);
  try {
    await waitUntilReady(redis, options.readyMs ?? READY_MS);
  } catch {
    redis.disconnect();
    const reason = outage.lastReason() ?? 'no answer';
    throw new BaseError('OTP_STATE_UNAVAILABLE', `Redis (${options.name}) is not ready: ${reason}.`, {
      retry: true,
      context: { redis: options.name, host: settings.host, port: settings.port, reason },
    });
  }
  await checkEviction(redis, options);
  return redis;
}

async function waitUntilReady(redis: Redis, readyMs: number): Promise<void> {
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

/** ioredis emits an error per try: one line when it goes, one when it is back. */
function logOutages(redis: Redis, options: ConnectRedisOptions): { lastReason: () => string | undefined } {
  let lostAtMs: number | undefined;
  let lastReason: string | undefined;
  redis.on('error', (error: NodeJS.ErrnoException) => {
    lastReason = reasonOf(error);
    if (lostAtMs !== undefined) return;
    lostAtMs = performance.now();
    options.log.warn({ redis: options.name, reason: lastReason }, 'Redis cannot be reached');
  });
  redis.on('close', () => {
    // A close that we asked for goes straight on to the end.
    if (lostAtMs !== undefined || redis.status === 'end') return;
    lostAtMs = performance.now();
    options.log.warn({ redis: options.name, reason: 'the connection was closed' }, 'Redis cannot be reached');
  });
  redis.on('ready', () => {
    if (lostAtMs === undefined) return;
    options.log.info({ redis: options.name, outage_ms: Math.round(performance.now() - lostAtMs) }, 'Redis is back');
    lostAtMs = undefined;
  });
  return { lastReason: () => lastReason };
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code !== undefined) return error.code;
  // Redis' own refusals begin with a word in capitals: WRONGPASS, NOAUTH, LOADING.
  return /^[A-Z]{4,}/.exec(error.message)?.[0] ?? error.name;
}

/** Ends a connection: what was sent is answered first, but a Redis that is gone is not waited for. */
export async function closeRedis(redis: Redis, timeoutMs = 1000): Promise<void> {
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
