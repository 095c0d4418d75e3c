import { createRedisProxy, waitFor } from '@watchword/testkit';
import { expect, inject, test } from 'vitest';
import type { JobResult } from '../../src/index.ts';
import { createFixture, createJob, onCluster } from './queue-fixture.ts';

const SECONDS = 1_000;

test('hands over the whole job, and keeps nothing of it but a named few keys', async () => {
  const { queue, worker, keys, redis, namespace } = createFixture();
  const jobs = [
    createJob({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }),
    createJob({ step: 3, send: 4, n: 5 }),
    createJob(),
  ];
  const seen: unknown[] = [];
  worker(async (job, { attempt }) => {
    seen.push({ ...job, attempt });
    return job.step === 3 ? { outcome: 'permanent', reason: 'ended' } : { outcome: 'done' };
  });
  await queue().addAll(jobs);
  await waitFor(() => seen.length === 3, { timeoutMs: 5 * SECONDS, what: 'the jobs' });
  expect(seen).toEqual(expect.arrayContaining(jobs.map((job) => ({ ...job, attempt: 0 }))));

  // id (a counter), meta and events stay as long as the queue; stalled-check has a TTL; marker wakes idle workers.
  const named = ['events', 'id', 'marker', 'meta', 'stalled-check'].map((key) => `deliver-sms-0}:deliver-sms:${key}`);
  await waitFor(async () => (await keys()).every((key) => named.includes(key)), {
    timeoutMs: 10 * SECONDS,
    what: 'all other keys to be gone',
  });
  expect(await redis.pttl(`{${namespace}deliver-sms-0}:deliver-sms:stalled-check`)).not.toBe(-1);
});

test('a retry runs again after its delay, counts its tries, and does not block the jobs behind it', async () => {
  const { queue, worker } = createFixture();
  const [slow, quick] = [createJob(), createJob()];
  const runs: { id: string; attempt: number; atMs: number }[] = [];
  worker(
    async ({ verificationId }, { attempt }) => {
      runs.push({ id: verificationId, attempt, atMs: performance.now() });
      const again = verificationId === slow.verificationId && attempt < 2;
      return again ? { outcome: 'retry', delayMs: 400 * (attempt + 1) } : { outcome: 'done' };
    },
    { concurrency: 1 },
  );
  const producer = queue();
  await producer.addAll([slow]);
  await producer.addAll([quick]);
  await waitFor(() => runs.length === 4, { timeoutMs: 10 * SECONDS, what: 'three tries and the other job' });
  expect(runs.map(({ id }) => id === quick.verificationId)).toEqual([false, true, false, false]);
  const tries = runs.filter(({ id }) => id === slow.verificationId);
  expect(tries.map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
  const gaps = tries.slice(1).map(({ atMs }, n) => atMs - tries[n]!.atMs);
  for (const [n, gapMs] of gaps.entries()) {
    expect(gapMs).toBeGreaterThanOrEqual(400 * (n + 1) - 2);
    expect(gapMs).toBeLessThan(400 * (n + 1) + 1_500);
  }
});

test('a job in back-off is present: the same id is not added, and it does not count as waiting', async () => {
  const { queue, worker } = createFixture();
  const job = createJob();
  let runs = 0;
  worker(async () => {
    runs += 1;
    return runs === 1 ? { outcome: 'retry', delayMs: 700 } : { outcome: 'done' };
  });
  const producer = queue();
  await producer.addAll([job]);
  await waitFor(() => runs === 1, { timeoutMs: 5 * SECONDS, what: 'the first try' });
  await producer.addAll([job]);
  expect(await producer.waiting()).toEqual({ count: 0, oldestMs: 0 });
  await waitFor(() => runs === 2, { timeoutMs: 5 * SECONDS, what: 'the second try' });
  expect(runs).toBe(2);
});

test.each<[string, (attempt: number) => JobResult, number]>([
  ['permanent is not tried again', () => ({ outcome: 'permanent', reason: 'ended' }), 1],
  ['retries end after attemptsMax', () => ({ outcome: 'retry', delayMs: 0 }), 3],
  [
    'a permanent fault ends retries',
    (attempt) => (attempt < 1 ? { outcome: 'retry', delayMs: 10 } : { outcome: 'permanent', reason: 'ended' }),
    2,
  ],
])('%s, and the job is gone', async (_name, decide, expected) => {
  const { queue, worker, keys } = createFixture();
  let runs = 0;
  worker(
    async (_job, { attempt }) => {
      runs += 1;
      return decide(attempt);
    },
    { attemptsMax: 3 },
  );
  await queue().addAll([createJob()]);
  await waitFor(() => runs >= expected, { timeoutMs: 5 * SECONDS, what: 'the tries' });
  await waitFor(async () => !(await keys()).some((key) => key.includes(':vf_')), {
    timeoutMs: 5 * SECONDS,
    what: 'the job to be gone',
  });
  expect(runs).toBe(expected);
});

test('a throw is tried again, and nothing that it said is in Redis or in the log', async () => {
  const { queue, worker, redis, namespace, lines } = createFixture();
  const job = createJob();
  let runs = 0;
  worker(async () => {
    runs += 1;
    if (runs === 1) throw new Error('no route to +491701234567');
    return { outcome: 'done' };
  });
  await queue().addAll([job]);
  await waitFor(() => runs === 1, { timeoutMs: 5 * SECONDS, what: 'the first try' });
  const key = `{${namespace}deliver-sms-0}:deliver-sms:${job.verificationId}-1-0`;
  const failedReason = await waitFor(async () => redis.hget(key, 'failedReason'), {
    timeoutMs: 5 * SECONDS,
    what: 'the failure to be stored',
  });
  expect(failedReason).toBe('retry');
  expect(JSON.stringify(await redis.hgetall(key))).not.toContain('491701234567');
  await waitFor(() => runs === 2, { timeoutMs: 5 * SECONDS, what: 'the second try' });
  expect(lines.join('')).not.toContain('491701234567');
  expect(lines.join('')).toContain('a job ended in a fault');
});

test('takes as many jobs at a time as its concurrency, and says how many', async () => {
  const { queue, worker } = createFixture();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let done = 0;
  const consumer = worker(
    async () => {
      await released;
      done += 1;
      return { outcome: 'done' };
    },
    { concurrency: 3 },
  );
  const producer = queue();
  await producer.addAll(Array.from({ length: 8 }, () => createJob()));
  await waitFor(() => consumer.inFlight() === 3, { timeoutMs: 5 * SECONDS, what: 'three jobs at a time' });
  expect(await producer.waiting()).toMatchObject({ count: 5 });
  expect(consumer.running()).toBe(true);
  release();
  await waitFor(() => done === 8, { timeoutMs: 5 * SECONDS, what: 'all eight' });
  expect(consumer.inFlight()).toBe(0);
});

test('closing takes no more jobs, finishes those under way and leaves the others', async () => {
  const { queue, worker } = createFixture();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let done = 0;
  const consumer = worker(
    async (_job, { signal }) => {
      await released;
      done += signal.aborted ? 100 : 1;
      return { outcome: 'done' };
    },
    { concurrency: 2 },
  );
  const producer = queue();
  await producer.addAll(Array.from({ length: 5 }, () => createJob()));
  await waitFor(() => consumer.inFlight() === 2, { timeoutMs: 5 * SECONDS, what: 'two jobs under way' });
  const closing = consumer.close(10 * SECONDS);
  expect(consumer.running()).toBe(false);
  release();
  await closing;
  expect(done).toBe(2);
  expect(await producer.waiting()).toMatchObject({ count: 3 });
});

test('a second before the deadline the signal is aborted, and what the handler then says still counts', async () => {
  const { queue, worker, keys } = createFixture();
  const consumer = worker(async (_job, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return { outcome: 'permanent', reason: 'closing' };
  });
  await queue().addAll([createJob()]);
  await waitFor(() => consumer.inFlight() === 1, { timeoutMs: 5 * SECONDS, what: 'the job' });
  const beganMs = performance.now();
  await consumer.close(1_500);
  expect(performance.now() - beganMs).toBeGreaterThan(450);
  expect(performance.now() - beganMs).toBeLessThan(1_500);
  expect((await keys()).some((key) => key.includes(':vf_'))).toBe(false);
});

test('a handler that never ends cannot hold up closing', async () => {
  const { queue, worker, keys, lines } = createFixture();
  const consumer = worker(async () => new Promise<JobResult>(() => undefined));
  await queue().addAll([createJob()]);
  await waitFor(() => consumer.inFlight() === 1, { timeoutMs: 5 * SECONDS, what: 'the job' });
  const beganMs = performance.now();
  await Promise.all([consumer.close(500), consumer.close(500)]);
  expect(performance.now() - beganMs).toBeLessThan(2_000);
  expect(lines.filter((line) => line.includes('cut off'))).toHaveLength(1);
  // Left where it was, for the stalled check.
  expect((await keys()).filter((key) => key.endsWith(':active'))).toHaveLength(1);
});

test.skipIf(onCluster)('an outage of Redis stops nothing for good: the worker goes on by itself', async () => {
  const proxy = await createRedisProxy(inject('redisUrl'));
  const { queue, worker } = createFixture();
  const viaProxy = createFixtureWorker(proxy.url, worker);
  const producer = queue();
  await producer.addAll([createJob()]);
  await waitFor(() => viaProxy.done() === 1, { timeoutMs: 5 * SECONDS, what: 'the first job' });

  await proxy.cut();
  await waitFor(() => !viaProxy.consumer.running(), { timeoutMs: 5 * SECONDS, what: 'the worker to notice' });
  await producer.addAll([createJob(), createJob()]);
  await proxy.heal();
  await waitFor(() => viaProxy.done() === 3, { timeoutMs: 30 * SECONDS, what: 'the jobs of the outage' });
  expect(viaProxy.consumer.running()).toBe(true);
  await viaProxy.consumer.close(2_000);
  await proxy.close();
});

test.skipIf(onCluster).each(['cut', 'freeze'] as const)(
  'closing ends by its deadline when Redis is gone (%s)',
  async (fault) => {
    const proxy = await createRedisProxy(inject('redisUrl'));
    const { queue, worker } = createFixture();
    const { consumer, done } = createFixtureWorker(proxy.url, worker);
    await queue().addAll([createJob()]);
    await waitFor(() => done() === 1, { timeoutMs: 5 * SECONDS, what: 'the job' });
    await proxy[fault]();
    if (fault === 'cut') {
      await waitFor(() => !consumer.running(), { timeoutMs: 5 * SECONDS, what: 'the worker to notice' });
    }
    const beganMs = performance.now();
    await consumer.close(1_500);
    expect(performance.now() - beganMs).toBeLessThan(3_500);
    await proxy.close();
  },
);

test('a worker that never found its Redis closes at once', async () => {
  const proxy = await createRedisProxy(inject('redisUrl'));
  await proxy.close();
  const { worker } = createFixture();
  const { consumer } = createFixtureWorker(proxy.url, worker);
  expect(consumer.running()).toBe(false);
  const beganMs = performance.now();
  await consumer.close(1_500);
  expect(performance.now() - beganMs).toBeLessThan(3_500);
});

function createFixtureWorker(url: string, worker: ReturnType<typeof createFixture>['worker']) {
  let done = 0;
  const consumer = worker(
    async () => {
      done += 1;
      return { outcome: 'done' };
    },
    { connection: url },
  );
  return { consumer, done: () => done };
}
