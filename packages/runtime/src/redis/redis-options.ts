import type { ClusterOptions, RedisOptions } from 'ioredis';
import type { RedisNode, RedisSettings, RedisTls } from '../config/compile-redis.ts';
import { SteadySentinelConnector } from './steady-sentinel.ts';
import type { Secret } from '../config/secret.ts';

/**
 * - api: a person waits: fail fast, once
 * - worker: BullMQ's blocking connections: never give up, it re-reads its state
 * - background: sweeps and heartbeats: fail fast too, the next round comes anyway
 */
export type RedisPurpose = 'api' | 'worker' | 'background';

/** How to open a Cluster: its first nodes, and ioredis' options. */
export interface RedisClusterTarget {
  cluster: readonly RedisNode[];
  options: ClusterOptions;
}

/** How to open a connection: ioredis' options of one server or of Sentinel, or a Cluster's. */
export type RedisTarget = RedisOptions | RedisClusterTarget;

/** Above a Redis that saves or fails over in place, below the patience of a person with a code in hand. */
const COMMAND_TIMEOUT_MS = { api: 1500, background: 3000 } as const;
/** TCP, TLS and login to another region; a host that is gone answers nothing. */
const CONNECT_TIMEOUT_MS = 3000;
/**
 * A connection on which something was asked and nothing came for so long is dead, though nobody closed it (a host that
 * vanished): without this the system would find out in a quarter of an hour. Above the time-out of commands, and of a
 * worker's above what it blocks for (10 s at most).
 */
const SOCKET_SILENT_MAX_MS = { api: 5000, background: 5000, worker: 30_000 } as const;
/** Waiting time between two tries to connect grows to this: a Redis that is back is found, and readiness says so, within 2 s. */
const RECONNECT_MAX_MS = 750;
/** A Sentinel that does not answer within this is passed over for the next one. */
const SENTINEL_TIMEOUT_MS = 1000;
/** Slots that moved are found by the first command they concern; this is for those that no command reaches. */
const SLOTS_REFRESH_MS = 5000;
/** Sentinels listened to for a failover; the first that tells is enough. */
const SENTINELS_MAX = 3;
/**
 * How often a command follows MOVED, ASK or waits for TRYAGAIN (100 ms each): a person's is answered within a second, a
 * worker's has until a failover is over.
 */
const REDIRECTIONS_MAX = { api: 6, background: 6, worker: 100 } as const;
/** ioredis' own wait between two tries of a redirected command. */
const RETRY_DELAY_MS = 100;

/** `name` shows in CLIENT LIST. `random` spreads the reconnects of many processes. */
export function redisOptions(
  settings: RedisSettings,
  purpose: RedisPurpose,
  name: string,
  random: () => number = Math.random,
): RedisTarget {
  const backOff = (tries: number): number =>
    Math.min(50 * 2 ** Math.min(tries, 6), RECONNECT_MAX_MS) * (0.75 + random() / 2);
  const common = {
    // The library's name and version in CLIENT LIST are worth no right to CLIENT SETINFO.
    disableClientInfo: true,
    ...login(settings),
    ...patience(purpose),
    connectionName: name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_SILENT_MAX_MS[purpose],
  };
  if (settings.kind === 'cluster') {
    return { cluster: settings.nodes, options: clusterOptions(common, purpose, backOff) };
  }
  return {
    ...common,
    ...(settings.kind === 'server'
      ? { host: settings.host, port: settings.port, db: settings.db }
      : sentinelOptions(settings, backOff)),
    // During an outage commands fail at once instead of piling up to be run when nobody waits for them any more.
    enableOfflineQueue: purpose === 'worker',
    // Saves 40 % of the client's CPU under load and costs no time.
    enableAutoPipelining: purpose === 'api',
    retryStrategy: backOff,
    // A master that became a replica refuses to write: the next connection finds the new master. The command is not sent again.
    reconnectOnError: (error) => error.message.includes('READONLY'),
  };
}

function patience(purpose: RedisPurpose) {
  if (purpose === 'worker') return { maxRetriesPerRequest: null };
  return {
    // A command on a connection that broke may have been carried out. Sent again, a right check would be answered “already
    // approved” and a wrong one counted twice: it fails instead, and the caller's Idempotency-Key finds what it did.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: COMMAND_TIMEOUT_MS[purpose],
  };
}

/**
 * Redirections and “try again” are followed, since such a command was not carried out. What was on a connection that broke
 * is given up (`retryDelayOnFailover: 0`), but for workers: BullMQ's own retries would send it again all the same.
 */
function clusterOptions(
  node: NonNullable<ClusterOptions['redisOptions']>,
  purpose: RedisPurpose,
  backOff: (tries: number) => number,
): ClusterOptions {
  return {
    redisOptions: node,
    enableOfflineQueue: purpose === 'worker',
    // ioredis follows no redirection in a pipeline whose commands belong to several slots.
    enableAutoPipelining: false,
    maxRedirections: REDIRECTIONS_MAX[purpose],
    retryDelayOnFailover: purpose === 'worker' ? RETRY_DELAY_MS : 0,
    retryDelayOnClusterDown: RETRY_DELAY_MS,
    retryDelayOnTryAgain: RETRY_DELAY_MS,
    slotsRefreshInterval: SLOTS_REFRESH_MS,
    clusterRetryStrategy: backOff,
    // Names stay names, as a certificate has them; the socket looks them up.
    dnsLookup: (address, callback) => callback(null, address),
  };
}

function sentinelOptions(
  settings: Extract<RedisSettings, { kind: 'sentinel' }>,
  backOff: (tries: number) => number,
): RedisOptions {
  const { username, password, tls } = settings.sentinel;
  return {
    name: settings.name,
    sentinels: settings.nodes.map((node) => ({ ...node })),
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password.reveal() }),
    ...(tls === undefined ? {} : { sentinelTLS: tlsOptions(tls) }),
    enableTLSForSentinelMode: settings.tls !== undefined,
    // Listens to the Sentinels: an old master still takes writes for some ten seconds after a failover, and they are lost.
    failoverDetector: true,
    Connector: SteadySentinelConnector,
    sentinelMaxConnections: SENTINELS_MAX,
    sentinelReconnectStrategy: backOff,
    sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
    sentinelRetryStrategy: backOff,
  };
}

function login(settings: { username?: string; password?: Secret; tls?: RedisTls }) {
  return {
    ...(settings.username === undefined ? {} : { username: settings.username }),
    ...(settings.password === undefined ? {} : { password: settings.password.reveal() }),
    ...(settings.tls === undefined ? {} : { tls: tlsOptions(settings.tls) }),
  };
}

function tlsOptions(tls: RedisTls): { ca?: string; servername?: string } {
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca.reveal() }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  };
}
