import { BaseError } from '@watchword/contracts';
import { connectGivenRedis, createRedisProxy, queueConnectionOf, waitFor } from '@watchword/testkit';
import { Queue } from 'bullmq';
import { pino } from 'pino';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createDeliveryWorker, type DeadJob } from '../../src/index.ts';
import { createFixture, createJob, onCluster } from './queue-fixture.ts';

const SECONDS = 1_000;

/** Whoever else can write to the queue's Redis. */
function foreignQueue(namespace: string): Queue {
  const connection = connectGivenRedis(inject('redis'));
  const queue = new Queue('deliver-sms', { connection, prefix: `{${namespace}deliver-sms-0}` });
  onTestFinished(async () => {
    await queue.close();
    connection.disconnect();
  });
  return queue;
}

test('a job that is none of ours is buried once, leaves the queue, and holds up nobody', async () => {
  const { queue, worker, keys, namespace, buried } = createFixture();
  await foreignQueue(namespace).add('deliver', { to: '+491701234567', code: '123456' }, { jobId: 'foreign' });
  let done = 0;
  worker(
    async () => {
      done += 1;
      return { outcome: 'done' };
    },
    { concurrency: 1 },
  );
  await queue().addAll([createJob()]);
  await waitFor(() => done === 1, { timeoutMs: 5 * SECONDS, what: 'the job behind it' });
  await waitFor(async () => !(await keys()).some((key) => key.endsWith(':foreign')), {
    timeoutMs: 5 * SECONDS,
    what: 'the foreign job to be gone',
  });
  expect(buried).toMatchObject([{ reason: 'unparsable', job: undefined, tries: 1 }]);
  expect(JSON.stringify(buried)).not.toMatch(/491701234567|123456/);
});

test('while a dead letter cannot be written its job stays in the queue, is not tried again, and is buried in the end', async () => {
  const { namespace, queue, keys } = createFixture();
  const buried: DeadJob[] = [];
  let refusals = 0;
  let held = 0;
  let runs = 0;
  const worker = createDeliveryWorker(
    {
      connection: queueConnectionOf(inject('redis')),
      namespace,
      channel: 'sms',
      concurrency: 1,
      attemptsMax: 50,
    },
    {
      log: pino({ level: 'silent' }),
      random: () => 0.1,
      handle: async () => {
        runs += 1;
        return { outcome: 'permanent', reason: 'OTP_SEAL_BROKEN' };
      },
      bury: async (dead) => {
        if (refusals < 3) {
          refusals += 1;
          if ((await keys()).some((key) => key.includes(job.verificationId))) held += 1;
          throw new BaseError('OTP_BUS_UNAVAILABLE', 'away', { retry: true });
        }
        buried.push(dead);
      },
    },
  );
  onTestFinished(async () => worker.close(2 * SECONDS));
  const job = createJob();
  await queue().addAll([job]);
  await waitFor(() => buried.length === 1, { timeoutMs: 10 * SECONDS, what: 'the dead letter' });
  expect({ runs, held }).toEqual({ runs: 1, held: 3 });
  expect(buried).toMatchObject([{ job, reason: 'OTP_SEAL_BROKEN' }]);
  await waitFor(async () => !(await keys()).some((key) => key.includes(job.verificationId)), {
    timeoutMs: 5 * SECONDS,
    what: 'the job to be gone',
  });
});

test.skipIf(onCluster)(
  'an outage of Redis buries nothing: what could not be tried is tried when it is back',
  async () => {
    const proxy = await createRedisProxy(inject('redisUrl'));
    const { namespace, queue } = createFixture();
    const buried: DeadJob[] = [];
    let away = true;
    let refused = 0;
    let done = 0;
    const worker = createDeliveryWorker(
      { connection: proxy.url, namespace, channel: 'sms', concurrency: 2, attemptsMax: 1_000 },
      {
        log: pino({ level: 'silent' }),
        random: () => 0.2,
        handle: async () => {
          if (away) {
            refused += 1;
            throw new BaseError('OTP_STATE_UNAVAILABLE', 'away', { retry: true });
          }
          done += 1;
          return { outcome: 'done' };
        },
        bury: async (dead) => void buried.push(dead),
      },
    );
    onTestFinished(async () => {
      await worker.close(2 * SECONDS);
      await proxy.close();
    });
    await queue().addAll([createJob(), createJob()]);
    await waitFor(() => refused >= 2, { timeoutMs: 5 * SECONDS, what: 'first tries' });
    await proxy.cut();
    await waitFor(() => !worker.running(), { timeoutMs: 5 * SECONDS, what: 'the outage to be noticed' });
    away = false;
    await proxy.heal();
    await waitFor(() => done === 2, { timeoutMs: 30 * SECONDS, what: 'both jobs' });
    expect(buried).toEqual([]);
  },
);
