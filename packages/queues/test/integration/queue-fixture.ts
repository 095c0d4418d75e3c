import { randomUUID } from 'node:crypto';
import { createVerificationId } from '@watchword/contracts';
import { connectGivenRedis, keysOf, queueConnectionOf } from '@watchword/testkit';
import { pino } from 'pino';
import { inject, onTestFinished } from 'vitest';
import {
  createDeliveryQueue,
  createDeliveryWorker,
  type DeadJob,
  type DeliveryJob,
  type DeliveryWorkerOptions,
  type HandleJob,
} from '../../src/index.ts';

const CLOSE_MS = 2_000;

/** Then there is no one server for a proxy to stand before. */
export const onCluster = inject('redis').nodes.length > 0;

export function createJob(overrides: Partial<DeliveryJob> = {}): DeliveryJob {
  return { verificationId: createVerificationId({ region: 'a', bucket: 1 }), step: 0, send: 1, n: 0, ...overrides };
}

/** Queues and workers of one namespace, closed when the test ends. `url`: the tests' Redis unless given. */
export function createFixture(settings: { shards?: number; url?: string } = {}) {
  const namespace = `queues-${randomUUID()}-`;
  const { shards = 1, url } = settings;
  const common = { connection: url ?? queueConnectionOf(inject('redis')), namespace, channel: 'sms', shards } as const;
  const lines: string[] = [];
  const buried: DeadJob[] = [];
  const log = pino({ base: null, level: 'debug' }, { write: (line) => void lines.push(line) });
  const redis = connectGivenRedis(inject('redis'));
  onTestFinished(() => redis.disconnect());

  return {
    namespace,
    lines,
    buried,
    redis,
    keys: async () => (await keysOf(redis, `{${namespace}*`)).map((key) => key.slice(namespace.length + 1)).sort(),
    queue: () => {
      const queue = createDeliveryQueue(common, { log });
      onTestFinished(async () => queue.close());
      return queue;
    },
    worker: (handle: HandleJob, overrides: Partial<DeliveryWorkerOptions> = {}) => {
      const options = { ...common, concurrency: 4, attemptsMax: 5, ...overrides };
      const worker = createDeliveryWorker(options, { log, handle, bury: async (dead) => void buried.push(dead) });
      onTestFinished(async () => worker.close(CLOSE_MS));
      return worker;
    },
  };
}
