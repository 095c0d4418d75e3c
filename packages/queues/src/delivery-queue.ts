import { once } from 'node:events';
import { BaseError, type Channel, deliveryQueueName } from '@watchword/contracts';
import { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { Logger } from 'pino';
import { connectMasters, connectProducer, disconnect, type QueueConnection } from './connection.ts';
import { type DeliveryJob, deliveryJobId, parseDeliveryJob, queuePrefix, shardOf } from './delivery-job.ts';
import { JOB_OPTIONS } from './job-options.ts';

export interface DeliveryQueueOptions {
  connection: QueueConnection;
  /** Set before everything's name, so that deployments can share a Redis. */
  namespace: string;
  channel: Channel;
  /** How many queues the channel is spread over; the same number for all producers and workers. Default 1. */
  shards?: number;
}

/** Jobs by state, and how many there ever were. */
export interface QueueDepth {
  /** Ready for a worker. */
  waiting: number;
  /** With a worker. */
  active: number;
  /** In back-off. */
  delayed: number;
  /** Of those in back-off, the ones that come back within a second. */
  returning: number;
  /** Jobs added since the queue began, by every producer; one that was there already is counted again. */
  added: number;
}

export interface DeliveryQueue {
  /**
   * Adds jobs; one whose id is present already is left as it is. After a fault some may have been added: adding all of them
   * again is the way on.
   *
   * @throws BaseError `OTP_QUEUE_UNAVAILABLE`
   */
  addAll: (jobs: readonly DeliveryJob[]) => Promise<void>;
  /**
   * How many jobs wait for a worker, since when the oldest of them was ordered (0 if none), and for which verification. Jobs in
   * back-off are not counted: no worker is missing for them.
   *
   * @throws BaseError `OTP_QUEUE_UNAVAILABLE`
   */
  waiting: () => Promise<{ count: number; oldestMs: number; oldestId?: string }>;
  /**
   * How many jobs are in which state: one round trip for each shard, so that it can be asked many times a second.
   *
   * @throws BaseError `OTP_QUEUE_UNAVAILABLE`
   */
  depth: () => Promise<QueueDepth>;
  close: () => Promise<void>;
}

/** Per round trip: about 300 KB of pipeline, some 20 ms of Redis' time. */
const BULK_MAX = 500;
/** A first connection takes milliseconds; a lost one is not waited for at all. */
const CONNECT_MS = 2_000;
/** Nobody reads the events; BullMQ writes them all the same. Redis trims the stream in steps of about a hundred. */
const EVENTS_MAX = 100;
/** About what a failover or a restart of Redis takes at the least. */
const RETRY_AFTER_MS = 1_000;
/** A job in back-off for less is as good as waiting: a worker whose providers are all busy sends it back for a moment. */
const RETURNING_MS = 1_000;
/** BullMQ scores a delayed job by its time in ms, times this, plus a number (`getDelayedScore.lua`). */
const DELAYED_SCORE_PER_MS = 0x1000;

/** The producers' end of a channel's queue. One connection for all shards. */
export function createDeliveryQueue(options: DeliveryQueueOptions, deps: { log: Logger }): DeliveryQueue {
  const { namespace, channel, shards = 1 } = options;
  const log = deps.log.child({ queue: deliveryQueueName(channel) });
  const redis = connectProducer(options.connection, log);
  let queues: Queue[] | undefined;

  /** Opened by the first ready connection: BullMQ writes the queue's settings once, when it is made. */
  async function openQueues(): Promise<Queue[]> {
    await untilReady(redis);
    // a Cluster refuses what comes while it first connects to a node
    if (!queues) await connectMasters(redis);
    queues ??= Array.from({ length: shards }, (_, shard) =>
      openQueue(redis, deliveryQueueName(channel), queuePrefix(namespace, channel, shard), log),
    );
    return queues;
  }

  async function addAll(jobs: readonly DeliveryJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const open = await openQueues();
    const byShard = Map.groupBy(jobs, ({ verificationId }) => shardOf(verificationId, shards));
    await Promise.all([...byShard].map(async ([shard, ofShard]) => addToShard(open[shard]!, ofShard)));
  }

  async function addToShard(queue: Queue, jobs: readonly DeliveryJob[]): Promise<void> {
    for (let from = 0; from < jobs.length; from += BULK_MAX) {
      const bulk = jobs.slice(from, from + BULK_MAX);
      await queue.addBulk(bulk.map((data) => ({ name: 'deliver', data, opts: { jobId: deliveryJobId(data) } })));
    }
  }

  async function waiting(): Promise<{ count: number; oldestMs: number }> {
    const open = await openQueues();
    const perShard = await Promise.all(open.map(waitingIn));
    const { oldestMs, oldestId } = perShard.reduce((one, other) => (other.oldestMs > one.oldestMs ? other : one));
    return {
      count: perShard.reduce((sum, { count }) => sum + count, 0),
      oldestMs,
      ...(oldestId !== undefined && { oldestId }),
    };
  }

  async function depth(): Promise<QueueDepth> {
    const open = await openQueues();
    const perShard = await Promise.all(open.map(async (queue) => depthOf(redis, queue)));
    const sum = (of: keyof QueueDepth): number => perShard.reduce((total, shard) => total + shard[of], 0);
    return {
      waiting: sum('waiting'),
      active: sum('active'),
      delayed: sum('delayed'),
      returning: sum('returning'),
      added: sum('added'),
    };
  }

  return {
    addAll: async (jobs) => guarded('addAll', async () => addAll(jobs)),
    waiting: async () => guarded('waiting', waiting),
    depth: async () => guarded('depth', depth),
    close: async () => {
      await disconnect(redis);
      await Promise.allSettled((queues ?? []).map(async (queue) => queue.close()));
    },
  };
}

function openQueue(connection: Redis | Cluster, name: string, prefix: string, log: Logger): Queue {
  const queue = new Queue(name, {
    connection,
    prefix,
    defaultJobOptions: JOB_OPTIONS,
    streams: { events: { maxLen: EVENTS_MAX } },
    // It would ask for INFO and wait for it, for the sake of blocking commands that a producer never sends.
    skipVersionCheck: true,
  });
  // The connection's own outages are logged with it, and each call reports its fault.
  queue.on('error', (error) => log.debug({ reason: error.name }, 'a fault of the queue'));
  return queue;
}

/** Jobs are pushed at the head of a list and taken from its tail, so the oldest is the last. */
async function waitingIn(queue: Queue): Promise<{ count: number; oldestMs: number; oldestId?: string }> {
  const [count, [oldest]] = await Promise.all([queue.getWaitingCount(), queue.getWaiting(0, 0)]);
  if (oldest === undefined) return { count, oldestMs: 0 };
  const oldestId = parseDeliveryJob(oldest.data)?.verificationId;
  return { count, oldestMs: Math.max(0, Date.now() - oldest.timestamp), ...(oldestId !== undefined && { oldestId }) };
}

/** BullMQ's own counts take a script for each call; its keys are part of what other languages' clients rely on. */
async function depthOf(redis: Redis | Cluster, queue: Queue): Promise<QueueDepth> {
  const replies = await redis
    .pipeline()
    .llen(queue.toKey('wait'))
    .llen(queue.toKey('active'))
    .zcard(queue.toKey('delayed'))
    .zcount(queue.toKey('delayed'), '-inf', (Date.now() + RETURNING_MS) * DELAYED_SCORE_PER_MS)
    .get(queue.toKey('id'))
    .exec();
  const [waiting, active, delayed, returning, added] = (replies ?? []).map(([error, value]) => {
    if (error) throw error;
    return Number(value ?? 0);
  });
  return { waiting: waiting!, active: active!, delayed: delayed!, returning: returning!, added: added! };
}

async function untilReady(redis: Redis | Cluster): Promise<void> {
  if (redis.status === 'connecting' || redis.status === 'connect') {
    await once(redis, 'ready', { signal: AbortSignal.timeout(CONNECT_MS) });
  }
  if (redis.status !== 'ready') throw new Error(`the connection is ${redis.status}`);
}

async function guarded<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new BaseError('OTP_QUEUE_UNAVAILABLE', `the queue did not carry out ${operation}`, {
      retry: true,
      retryAfterMs: RETRY_AFTER_MS,
      cause,
      context: { operation },
    });
  }
}
