import type { RedisOptions } from 'ioredis';
import type { RedisSettings } from '../config/compile-redis.ts';

/**
 * - api: a person waits: fail fast, once
 * - worker: BullMQ's blocking connections: never give up, it re-reads its state
 * - background: sweeps and heartbeats: fail fast too, the next round comes anyway
 */
export type RedisPurpose = 'api' | 'worker' | 'background';

/** Above a Redis that saves or fails over in place, below the patience of a person with a code in hand. */
const COMMAND_TIMEOUT_MS = { api: 1500, background: 3000 } as const;
const CONNECT_TIMEOUT_MS = 3000;
/** Waiting time between two tries to connect: grows to this, so that a Redis that is back is found within seconds. */
const RECONNECT_MAX_MS = 2000;

/** Options for ioredis, and for BullMQ, which makes its own connections. `name` shows in CLIENT LIST. `random` spreads the reconnects of many processes. */
export function redisOptions(
  settings: RedisSettings,
  purpose: RedisPurpose,
  name: string,
  random: () => number = Math.random,
): RedisOptions {
  return {
    host: settings.host,
    port: settings.port,
    db: settings.db,
    connectionName: name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 6), RECONNECT_MAX_MS) * (0.75 + random() / 2),
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password.reveal() }),
    ...(settings.tls === undefined ? {} : { tls: tlsOptions(settings.tls) }),
    ...patience(purpose),
  };
}

function patience(purpose: RedisPurpose): RedisOptions {
  if (purpose === 'worker') return { maxRetriesPerRequest: null };
  return {
    // A command on a connection that broke may have been carried out. Sent again, a right check would be answered “already
    // approved” and a wrong one counted twice: it fails instead, and the caller's Idempotency-Key finds what it did.
    maxRetriesPerRequest: 0,
    // During an outage commands fail at once instead of piling up to be run when nobody waits for them any more.
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS[purpose],
    // Saves 40 % of the client's CPU under load and costs no time.
    enableAutoPipelining: purpose === 'api',
  };
}

function tlsOptions(tls: NonNullable<RedisSettings['tls']>): { ca?: string; servername?: string } {
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca.reveal() }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  };
}
