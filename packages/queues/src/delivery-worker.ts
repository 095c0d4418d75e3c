import { type Channel, deliveryQueueName } from '@watchword/contracts';
import { Worker } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { Logger } from 'pino';
import { connectWorker, disconnect, type QueueConnection, settlesWithin } from './connection.ts';
import { queuePrefix } from './delivery-job.ts';
import type { BuryJob } from './dead-job.ts';
import { createProcessor, type HandleJob } from './process-job.ts';
import { RetryLater } from './retry-later.ts';

export interface DeliveryWorkerOptions {
  connection: QueueConnection;
  namespace: string;
  channel: Channel;
  /** As the producers have it. Default 1. */
  shards?: number;
  /** Jobs at a time in this process, shared out over the shards (at least one each). */
  concurrency: number;
  /** Tries after which a job is given up. */
  attemptsMax: number;
}

export interface DeliveryWorker {
  /** Whether jobs are being taken: the loops run and Redis is connected. */
  running: () => boolean;
  /** Jobs that are being handled now. */
  inFlight: () => number;
  /**
   * Takes no more jobs and waits for those under way; a second before the deadline their signal is aborted, and at the
   * deadline the connections are cut. What was not finished then is run again by another worker after the stalled check.
   */
  close: (deadlineMs: number) => Promise<void>;
}

/** Renewed every 7.5 s; a worker that died is noticed when it runs out. Longer than an event loop may ever be held up. */
const LOCK_MS = 15_000;
/** So a dead worker's job is run again 20 s after the death at the latest. */
const STALLED_CHECK_MS = 5_000;
/** The state, not the queue, ends a send that keeps killing its workers: its life does. */
const STALLED_MAX = 20;
/** After a fault of fetching. BullMQ's 15 s would be a fortieth of a code's life. */
const RUN_RETRY_MS = 1_000;
/** What handlers get between the abort of their signal and the deadline, to settle. */
const ABORT_GRACE_MS = 1_000;
/** Cutting connections is local work. */
const CUT_MS = 500;

/** The workers' end of a channel's queue. */
export function createDeliveryWorker(
  options: DeliveryWorkerOptions,
  deps: { log: Logger; handle: HandleJob; bury: BuryJob; random?: () => number },
): DeliveryWorker {
  const { namespace, channel, shards = 1, concurrency, attemptsMax } = options;
  const log = deps.log.child({ queue: deliveryQueueName(channel) });
  const redis = connectWorker(options.connection, log);
  const random = deps.random ?? Math.random;
  const processor = createProcessor({ handle: deps.handle, bury: deps.bury, attemptsMax, random, log });
  const workers = Array.from({ length: shards }, (_, shard) =>
    openWorker(redis, {
      name: deliveryQueueName(channel),
      prefix: queuePrefix(namespace, channel, shard),
      concurrency: Math.max(1, Math.ceil(concurrency / shards)),
      attemptsMax,
      run: processor.run,
      log,
    }),
  );
  let closing: Promise<void> | undefined;

  async function closeWithin(deadlineMs: number): Promise<void> {
    const closed = Promise.allSettled(workers.map(async (worker) => worker.close()));
    const graceMs = Math.min(ABORT_GRACE_MS, deadlineMs);
    let done = await settlesWithin(closed, deadlineMs - graceMs);
    if (!done) {
      for (const worker of workers) worker.cancelAllJobs('closing');
      done = await settlesWithin(closed, graceMs);
    }
    if (!done) {
      log.warn({ in_flight: processor.inFlight() }, 'the worker is cut off: its jobs are left to the stalled check');
      await settlesWithin(Promise.allSettled(workers.map(async (worker) => worker.cutOff())), CUT_MS);
    }
    await disconnect(redis);
  }

  return {
    running: () => closing === undefined && redis.status === 'ready' && workers.every((worker) => worker.isRunning()),
    inFlight: processor.inFlight,
    close: async (deadlineMs) => (closing ??= closeWithin(deadlineMs)),
  };
}

/** `close()` cannot be made a forced one once it waits, and hangs where Redis is gone: this cuts it off from outside. */
class AbandonableWorker extends Worker {
  async cutOff(): Promise<void> {
    await this.lockManager.close();
    await this.getBackend().close(true);
  }
}

function openWorker(
  connection: Redis | Cluster,
  settings: {
    name: string;
    prefix: string;
    concurrency: number;
    attemptsMax: number;
    run: ReturnType<typeof createProcessor>['run'];
    log: Logger;
  },
): AbandonableWorker {
  const { attemptsMax, log } = settings;
  // BullMQ makes an abort signal only for processors that declare three parameters.
  const worker = new AbandonableWorker(settings.name, async (job, _token, signal) => settings.run(job, signal), {
    connection,
    prefix: settings.prefix,
    concurrency: settings.concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: STALLED_MAX,
    runRetryDelay: RUN_RETRY_MS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    settings: {
      backoffStrategy: (attemptsMade, _type, error) =>
        attemptsMade < attemptsMax && error instanceof RetryLater ? error.delayMs : -1,
    },
  });
  // Outages are logged by the connection, once each; what is left are BullMQ's own faults, such as a lost lock.
  worker.on('error', (error) => {
    if (connection.status === 'ready') log.warn({ fault: error.name, message: error.message }, 'a fault of the worker');
  });
  worker.on('stalled', (job) => log.warn({ job }, 'a worker was lost: its job is run again'));
  return worker;
}
