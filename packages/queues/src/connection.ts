import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';

/** A Redis Cluster: some of its nodes, and ioredis' options. */
interface ClusterConnection {
  cluster: readonly { host: string; port: number }[];
  options?: ClusterOptions;
}

/**
 * Where the queue's Redis is: an address, ioredis' options (of Sentinel too), or a Cluster. What a producer and a worker each
 * need is set here.
 */
export type QueueConnection = string | RedisOptions | ClusterConnection;

/** A caller of `addAll` holds a Kafka offset or a person's request: a Redis that takes longer counts as away. */
const COMMAND_TIMEOUT_MS = 2_000;
/** How long closing waits for Redis' goodbye. */
const QUIT_MS = 1_000;

/** Fails fast: commands are not kept for a connection that may come back when nobody waits for them any more. */
export function connectProducer(connection: QueueConnection, log: Logger): Redis | Cluster {
  const given = nodeOptions(connection);
  const node = { ...given, commandTimeout: COMMAND_TIMEOUT_MS, maxRetriesPerRequest: 1 };
  const fast = { enableOfflineQueue: false, enableAutoPipelining: false };
  return open(connection, log, { node, own: fast, cluster: { ...fast, retryDelayOnFailover: 0 } });
}

/**
 * Never gives up: a worker waits for Redis as long as it takes. No time-out on commands, as fetching a job blocks for
 * seconds by design (BullMQ has its own watchdog for it).
 */
export function connectWorker(connection: QueueConnection, log: Logger): Redis | Cluster {
  const { commandTimeout: _, ...given } = nodeOptions(connection);
  const patient = { enableOfflineQueue: true, enableAutoPipelining: false };
  return open(connection, log, { node: { ...given, maxRetriesPerRequest: null }, own: patient, cluster: patient });
}

/**
 * Of a Cluster: connects to every master. ioredis does so at the first command, and refuses what comes meanwhile where nothing
 * may be queued. A master that is lost is left out: its commands fail by themselves.
 */
export async function connectMasters(redis: Redis | Cluster): Promise<void> {
  if (redis instanceof Cluster) await Promise.allSettled(redis.nodes('master').map(async (master) => master.ping()));
}

/** What was sent is answered first, but a Redis that is gone is not waited for. */
export async function disconnect(redis: Redis | Cluster): Promise<void> {
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

type Queueing = Pick<RedisOptions, 'enableOfflineQueue' | 'enableAutoPipelining'>;

function isCluster(connection: QueueConnection): connection is ClusterConnection {
  return typeof connection === 'object' && 'cluster' in connection;
}

/** The options of a connection to one server. */
function nodeOptions(connection: QueueConnection): RedisOptions {
  if (typeof connection === 'string') return {};
  return isCluster(connection) ? (connection.options?.redisOptions ?? {}) : connection;
}

/** `own` are options that a Cluster has at its top, a single server among the others. */
function open(
  connection: QueueConnection,
  log: Logger,
  { node, own, cluster }: { node: RedisOptions; own: Queueing; cluster: ClusterOptions },
): Redis | Cluster {
  // RESP2's shapes, whatever the protocol: BullMQ reads them.
  const legacy = { ...node, replyMapping: 'legacy' } as const;
  const redis = isCluster(connection)
    ? new Cluster([...connection.cluster], { ...connection.options, ...cluster, redisOptions: legacy })
    : typeof connection === 'string'
      ? new Redis(connection, { ...legacy, ...own })
      : new Redis({ ...legacy, ...own });
  logOutages(redis, log);
  return redis;
}

/** ioredis emits an error per try to connect: one line when Redis goes, one when it is back. */
function logOutages(redis: Redis | Cluster, log: Logger): void {
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
