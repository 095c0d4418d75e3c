import { once } from 'node:events';
import { BaseError, type Channel } from '@watchword/contracts';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { connectProducer, disconnect, type QueueConnection } from './connection.ts';
import { type DeliveryJob, deliveryJobId, queueName, queuePrefix, shardOf } from './delivery-job.ts';
import { JOB_OPTIONS } from './job-options.ts';

export interface DeliveryQueueOptions {
  connection: QueueConnection;
  /** Set before everything's name, so that deployments can share a Redis. */
  namespace: string;
  channel: Channel;
  /** How many queues the channel is spread over; the same number for all producers and workers. Default 1. */
  shards?: number;
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
   * How many jobs wait for a worker, and since when the oldest of them was ordered (0 if none). Jobs in back-off are not
   * counted: no worker is missing for them.
   *
   * @throws BaseError `OTP_QUEUE_UNAVAILABLE`
   */
  waiting: () => Promise<{ count: number; oldestMs: number }>;
  close: () => Promise<void>;
}

/** Per round trip: about 300 KB of pipeline, some 20 ms of Redis' time. */
const BULK_MAX = 500;
/** A first connection takes milliseconds; a lost one is not waited for at all. */
const CONNECT_MS = 2_000;
/** Nobody reads the events; BullMQ writes them all the same. Redis trims the stream in steps of about a hundred. */
const EVENTS_MAX = 100;
const RETRY_AFTER_MS = 1_000;

/** The producers' end of a channel's queue. One connection for all shards. */
export function createDeliveryQueue(options: DeliveryQueueOptions, deps: { log: Logger }): DeliveryQueue {
  const { namespace, channel, shards = 1 } = options;
  const log = deps.log.child({ queue: queueName(channel) });
  const redis = connectProducer(options.connection, log);
  let queues: Queue[] | undefined;

  /** Opened by the first ready connection: BullMQ writes the queue's settings once, when it is made. */
  async function openQueues(): Promise<Queue[]> {
    await untilReady(redis);
    queues ??= Array.from({ length: shards }, (_, shard) =>
      openQueue(redis, queueName(channel), queuePrefix(namespace, channel, shard), log),
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
    return {
      count: perShard.reduce((sum, { count }) => sum + count, 0),
      oldestMs: Math.max(...perShard.map(({ oldestMs }) => oldestMs)),
    };
  }

  return {
    addAll: async (jobs) => guarded('addAll', async () => addAll(jobs)),
    waiting: async () => guarded('waiting', waiting),
    close: async () => {
      await disconnect(redis);
      await Promise.allSettled((queues ?? []).map(async (queue) => queue.close()));
    },
  };
}

function openQueue(connection: Redis, name: string, prefix: string, log: Logger): Queue {
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
async function waitingIn(queue: Queue): Promise<{ count: number; oldestMs: number }> {
  const [count, [oldest]] = await Promise.all([queue.getWaitingCount(), queue.getWaiting(0, 0)]);
  return { count, oldestMs: oldest === undefined ? 0 : Math.max(0, Date.now() - oldest.timestamp) };
}

async function untilReady(redis: Redis): Promise<void> {
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
