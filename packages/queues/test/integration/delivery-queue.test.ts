import { createRedisProxy, waitFor } from '@watchword/testkit';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createDeliveryQueue } from '../../src/index.ts';
import { createFixture, createJob } from './queue-fixture.ts';

test('a job is added once while it is present, however often and by whomever', async () => {
  const { queue, worker } = createFixture();
  const job = createJob();
  const [one, other] = [queue(), queue()];
  await Promise.all([one.addAll([job, job]), other.addAll([job]), one.addAll([job])]);
  expect(await one.waiting()).toMatchObject({ count: 1 });

  const runs: string[] = [];
  worker(async ({ verificationId }) => {
    runs.push(verificationId);
    return { outcome: 'done' };
  });
  await waitFor(() => runs.length === 1, { timeoutMs: 5_000, what: 'the job' });
  await waitFor(async () => (await one.waiting()).count === 0, { timeoutMs: 5_000, what: 'an empty queue' });
  expect(runs).toEqual([job.verificationId]);
});

test('a job that runs is not added a second time; one that ended is', async () => {
  const { queue, worker } = createFixture();
  const job = createJob();
  const producer = queue();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let runs = 0;
  const consumer = worker(async () => {
    runs += 1;
    if (runs === 1) await released;
    return { outcome: 'done' };
  });
  await producer.addAll([job]);
  await waitFor(() => runs === 1, { timeoutMs: 5_000, what: 'the first run' });
  await producer.addAll([job]);
  expect(await producer.waiting()).toEqual({ count: 0, oldestMs: 0 });
  release();
  await waitFor(() => consumer.inFlight() === 0, { timeoutMs: 5_000, what: 'the end of the first run' });
  await waitFor(async () => (await producer.addAll([job]), runs === 2), { timeoutMs: 5_000, what: 'a second run' });
});

test('says how many jobs wait and since when the oldest does', async () => {
  const { queue } = createFixture({ shards: 2 });
  const producer = queue();
  expect(await producer.waiting()).toEqual({ count: 0, oldestMs: 0 });
  const beganMs = Date.now();
  await producer.addAll([createJob()]);
  await waitFor(() => Date.now() - beganMs >= 60, { timeoutMs: 1_000, what: 'a measurable age' });
  await producer.addAll(Array.from({ length: 20 }, () => createJob()));
  const { count, oldestMs } = await producer.waiting();
  expect(count).toBe(21);
  expect(oldestMs).toBeGreaterThanOrEqual(59);
  expect(oldestMs).toBeLessThanOrEqual(Date.now() - beganMs);
});

test('adds more than one bulk, over all shards, and each job is run once', async () => {
  const { queue, worker, keys } = createFixture({ shards: 3 });
  const jobs = Array.from({ length: 1_300 }, () => createJob());
  const producer = queue();
  await producer.addAll(jobs);
  expect(await producer.waiting()).toMatchObject({ count: 1_300 });
  expect((await keys()).filter((key) => key.endsWith(':wait'))).toEqual([
    'deliver-sms-0}:deliver-sms:wait',
    'deliver-sms-1}:deliver-sms:wait',
    'deliver-sms-2}:deliver-sms:wait',
  ]);
  const runs: string[] = [];
  worker(
    async ({ verificationId }) => {
      runs.push(verificationId);
      return { outcome: 'done' };
    },
    { concurrency: 30 },
  );
  await waitFor(() => runs.length >= 1_300, { timeoutMs: 20_000, what: 'all the jobs' });
  expect(runs.toSorted()).toEqual(jobs.map(({ verificationId }) => verificationId).toSorted());
});

test('stores ids only, and a small event stream', async () => {
  const { queue, redis, namespace } = createFixture();
  const job = createJob({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' });
  await queue().addAll([job]);
  const base = `{${namespace}deliver-sms-0}:deliver-sms`;
  const stored = await redis.hgetall(`${base}:${job.verificationId}-1-0`);
  expect(JSON.parse(stored['data']!)).toEqual(job);
  expect(JSON.parse(stored['opts']!)).toMatchObject({ removeOnComplete: true, removeOnFail: true, kl: 0 });
  await waitFor(async () => (await redis.hget(`${base}:meta`, 'opts.maxLenEvents')) === '100', {
    timeoutMs: 2_000,
    what: 'the length of the event stream',
  });
});

test('a Redis that was never there is a fault within seconds', async () => {
  const { namespace } = createFixture();
  const proxy = await createRedisProxy(inject('redisUrl'));
  await proxy.close();
  const { pino } = await import('pino');
  const queue = createDeliveryQueue(
    { connection: proxy.url, namespace, channel: 'sms' },
    { log: pino({ level: 'silent' }) },
  );
  onTestFinished(async () => queue.close());
  const beganMs = Date.now();
  await expect(queue.addAll([createJob()])).rejects.toMatchObject({ code: 'OTP_QUEUE_UNAVAILABLE', retry: true });
  await expect(queue.waiting()).rejects.toMatchObject({ code: 'OTP_QUEUE_UNAVAILABLE' });
  expect(Date.now() - beganMs).toBeLessThan(5_000);
});

test('an outage is a fault at once, logged once, and over when Redis is back', async () => {
  const proxy = await createRedisProxy(inject('redisUrl'));
  const { queue, lines } = createFixture({ url: proxy.url });
  const producer = queue();
  await producer.addAll([createJob()]);

  await proxy.cut();
  await expect(producer.addAll([createJob()])).rejects.toMatchObject({ code: 'OTP_QUEUE_UNAVAILABLE', retry: true });
  const beganMs = Date.now();
  await expect(producer.addAll([createJob()])).rejects.toMatchObject({ code: 'OTP_QUEUE_UNAVAILABLE' });
  expect(Date.now() - beganMs).toBeLessThan(500);

  await proxy.heal();
  const job = createJob();
  await waitFor(async () => (await producer.addAll([job]), true), { timeoutMs: 10_000, what: 'Redis to be back' });
  await waitFor(async () => (await producer.waiting()).count >= 2, { timeoutMs: 5_000, what: 'both jobs' });
  expect(lines.filter((line) => line.includes('cannot be reached'))).toHaveLength(1);
  await producer.close();
  await proxy.close();
});

test('a Redis that hangs is a fault in two seconds, and closing does not wait for it', async () => {
  const proxy = await createRedisProxy(inject('redisUrl'));
  const { queue } = createFixture({ url: proxy.url });
  const producer = queue();
  await producer.addAll([createJob()]);
  proxy.freeze();
  const beganMs = Date.now();
  await expect(producer.addAll([createJob()])).rejects.toMatchObject({ code: 'OTP_QUEUE_UNAVAILABLE' });
  expect(Date.now() - beganMs).toBeLessThan(4_000);
  await producer.close();
  expect(Date.now() - beganMs).toBeLessThan(6_000);
  await proxy.close();
});
