import { createBus } from '@watchword/bus';
import { EVENTS, REQUEST_TOPIC, TOPICS, createVerificationId } from '@watchword/contracts';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { per10k } from '../bench.ts';
import { meterCpu, type Groups } from '../measure/cpu.ts';

/** Bytes of a request with one recipient. */
const EVENT_BYTES = 900;
const IN_FLIGHT = 500;
const BULK = 500;
const CONCURRENCY = 100;

export interface StageRate {
  perSecond: number;
  /** CPU-seconds for 10,000: of this process, which was producer and consumer, and of the engine. */
  cpuPer10k: Record<string, number>;
}

/** Kafka by the product's own client: published with acks=all, consumed by a group that does nothing with it. */
export async function produceAndConsume(
  { brokers, pids }: { brokers: readonly string[]; pids: () => readonly number[] },
  count: number,
): Promise<StageRate> {
  const log = pino({ level: 'error' });
  const bus = createBus({ brokers: [...brokers], clientId: 'ceiling' }, { log });
  await bus.createTopics(TOPICS);
  const data = JSON.stringify({ filled: 'x'.repeat(EVENT_BYTES) });
  let consumed = 0;
  const all = Promise.withResolvers<void>();
  const subscription = await bus.subscribe({
    group: 'ceiling',
    topics: [REQUEST_TOPIC],
    handle: async () => {
      consumed += 1;
      if (consumed === count) all.resolve();
    },
  });
  const measured = await measure(count, { kafka: pids() }, async () => {
    let next = 0;
    const sender = async (): Promise<void> => {
      while (next < count) {
        const id = createVerificationId({ region: 'a', bucket: next++ % 256 });
        const time = new Date().toISOString();
        const envelope = { id: `${id}.1.x`, type: EVENTS[REQUEST_TOPIC].type, source: 'urn:bench', subject: id, time };
        await bus.publish({ topic: REQUEST_TOPIC, key: id, envelope, data });
      }
    };
    await Promise.all([...Array.from({ length: IN_FLIGHT }, sender), all.promise]);
  });
  await subscription.stop();
  await bus.close();
  return measured;
}

/** BullMQ by itself: jobs added in bulk while a worker takes them off and does nothing. */
export async function addAndWork(
  { url, pid }: { url: () => string; pid: () => number },
  count: number,
): Promise<StageRate> {
  const connection = new Redis(url(), { maxRetriesPerRequest: null });
  const queue = new Queue('ceiling', { connection, prefix: '{ceiling}' });
  let worked = 0;
  const all = Promise.withResolvers<void>();
  const worker = new Worker(
    'ceiling',
    async () => {
      worked += 1;
      if (worked === count) all.resolve();
    },
    { connection, prefix: '{ceiling}', concurrency: CONCURRENCY, removeOnComplete: { count: 0 } },
  );
  await worker.waitUntilReady();
  const measured = await measure(count, { redis: [pid()] }, async () => {
    for (let from = 0; from < count; from += BULK) {
      const jobs = Array.from({ length: Math.min(BULK, count - from) }, (_, n) => ({
        name: 'deliver',
        data: { verificationId: createVerificationId({ region: 'a', bucket: n % 256 }), step: 0, send: 1, n: 1 },
        opts: { removeOnComplete: true },
      }));
      await queue.addBulk(jobs);
    }
    await all.promise;
  });
  await worker.close();
  await queue.close();
  connection.disconnect();
  return measured;
}

async function measure(count: number, engine: Groups, work: () => Promise<void>): Promise<StageRate> {
  const read = meterCpu({ client: [process.pid], ...engine });
  const begunAt = performance.now();
  await work();
  return { perSecond: count / ((performance.now() - begunAt) / 1000), cpuPer10k: per10k(read(), count) };
}
