import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';

/** Where the queue's Redis is: an address or ioredis' options. What a producer and a worker each need is set here. */
export type QueueConnection = string | RedisOptions;

/** A caller of `addAll` holds a Kafka offset or a person's request: a Redis that takes longer counts as away. */
const COMMAND_TIMEOUT_MS = 2_000;
/** How long closing waits for Redis' goodbye. */
const QUIT_MS = 1_000;

/** Fails fast: commands are not kept for a connection that may come back when nobody waits for them any more. */
export function connectProducer(connection: QueueConnection, log: Logger): Redis {
  const { options, url } = split(connection);
  return open(url, log, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    ...options,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
  });
}

/**
 * Never gives up: a worker waits for Redis as long as it takes. No time-out on commands, as fetching a job blocks for
 * seconds by design (BullMQ has its own watchdog for it).
 */
export function connectWorker(connection: QueueConnection, log: Logger): Redis {
  const { options, url } = split(connection);
  const { commandTimeout: _, ...patient } = options;
  return open(url, log, {
    ...patient,
    maxRetriesPerRequest: null,
    enableOfflineQueue: true,
    enableAutoPipelining: false,
  });
}

/** What was sent is answered first, but a Redis that is gone is not waited for. */
export async function disconnect(redis: Redis): Promise<void> {
  if (redis.status === 'ready') await settlesWithin(redis.quit(), QUIT_MS);
  redis.disconnect();
}

/** Whether `work` settled, well or badly, within `limitMs`. */
export async function settlesWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), limitMs);
  const settled = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}

function split(connection: QueueConnection): { url: string | undefined; options: RedisOptions } {
  return typeof connection === 'string' ? { url: connection, options: {} } : { url: undefined, options: connection };
}

function open(url: string | undefined, log: Logger, options: RedisOptions): Redis {
  // RESP2's shapes, whatever the protocol: BullMQ reads them.
  const legacy = { ...options, replyMapping: 'legacy' } as const;
  const redis = url === undefined ? new Redis(legacy) : new Redis(url, legacy);
  logOutages(redis, log);
  return redis;
}

/** ioredis emits an error per try to connect: one line when Redis goes, one when it is back. */
function logOutages(redis: Redis, log: Logger): void {
  let away = false;
  redis.on('error', (error: NodeJS.ErrnoException) => {
    if (!away) log.warn({ reason: error.code ?? error.name }, "the queue's Redis cannot be reached");
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info("the queue's Redis is back");
    away = false;
  });
}
