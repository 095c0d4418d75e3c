import { waitFor } from '@watchword/testkit';
import { expect, test } from 'vitest';
import { createFixture, createJob } from './queue-fixture.ts';

const jobs = (count: number) => Array.from({ length: count }, () => createJob());

test('jobs are counted by state, over all shards, and how many were ever added', async () => {
  const { queue, worker } = createFixture({ shards: 3 });
  const producer = queue();
  expect(await producer.depth()).toEqual({ waiting: 0, active: 0, delayed: 0, returning: 0, added: 0 });
  await producer.addAll(jobs(30));
  expect(await producer.depth()).toEqual({ waiting: 30, active: 0, delayed: 0, returning: 0, added: 30 });

  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let begun = 0;
  worker(
    async () => {
      const n = ++begun;
      if (n <= 3) await released;
      // two come back soon, the others late
      return n <= 5 ? { outcome: 'retry', delayMs: 500 } : { outcome: 'retry', delayMs: 60_000 };
    },
    { concurrency: 12 },
  );
  await waitFor(async () => (await producer.depth()).waiting === 0 && begun >= 30, {
    timeoutMs: 5_000,
    what: 'all jobs to be taken',
  });
  const depth = await producer.depth();
  expect(depth.active).toBeGreaterThanOrEqual(3);
  expect(depth.active + depth.delayed + depth.waiting).toBe(30);
  expect(depth.returning).toBeLessThanOrEqual(2);
  expect(depth.added).toBe(30);
  release();
});

test('what ended is not there any more, and counts as added still', async () => {
  const { queue, worker } = createFixture();
  const producer = queue();
  worker(async () => ({ outcome: 'done' }));
  await producer.addAll(jobs(20));
  await waitFor(
    async () => {
      const { waiting, active, delayed } = await producer.depth();
      return waiting + active + delayed === 0;
    },
    { timeoutMs: 5_000, what: 'an empty queue' },
  );
  expect((await producer.depth()).added).toBe(20);
});

test('the verification whose job waits longest is named', async () => {
  const { queue } = createFixture({ shards: 2 });
  const producer = queue();
  expect((await producer.waiting()).oldestId).toBeUndefined();
  const first = createJob();
  await producer.addAll([first]);
  const beganMs = Date.now();
  await waitFor(() => Date.now() - beganMs >= 30, { timeoutMs: 1_000, what: 'a measurable age' });
  await producer.addAll(jobs(10));
  expect((await producer.waiting()).oldestId).toBe(first.verificationId);
});
