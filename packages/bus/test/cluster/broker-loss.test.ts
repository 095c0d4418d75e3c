import type { BaseError } from '@watchword/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@watchword/testkit';
import { expect, test } from 'vitest';
import { createEvent, createFixture } from '../integration/bus-fixture.ts';
import { report, useCluster } from './cluster-fixture.ts';
import { startTraffic } from './traffic.ts';

const PARTITIONS = 6;
const cluster = useCluster();

test('the coordinator of a group killed: its members go on by themselves, and nothing acknowledged is missing', async () => {
  const { bus, another, prefix } = await createFixture({ a: PARTITIONS }, cluster().brokers);
  const traffic = startTraffic(bus, 'a', PARTITIONS);
  const members = [another(), another()];
  for (const member of members) {
    const subscription = await member.subscribe({ group: 'g', topics: ['a'], handle: traffic.handle });
    await subscription.joined();
  }
  await cluster().whole('__consumer_offsets');
  const coordinator = await cluster().coordinatorOf(`${prefix}g`);
  const killedMs = Date.now();
  await cluster().kill(coordinator);
  const next = await cluster().coordinatorOf(`${prefix}g`);
  expect(next).not.toBe(coordinator);
  const bothRun = (): boolean => members.every((member) => member.health().consumers[0]!.running);
  await waitFor(() => bothRun() && members.every((member) => member.health().consumers[0]!.lastHeartbeatMs < 3_000), {
    timeoutMs: 60_000,
    what: 'both members to beat at the next coordinator',
  });
  const afterwards = traffic.seen.size;
  await waitFor(() => traffic.seen.size > afterwards + 200, { timeoutMs: 60_000, what: 'events after it' });
  report(`coordinator killed: members beat and handle again after ${Date.now() - killedMs} ms`);
  await cluster().restart(coordinator);
  await traffic.stop();
  await waitFor(() => traffic.missing().length === 0, {
    timeoutMs: 60_000,
    what: 'everything acknowledged to be seen',
  });
  expect(traffic.disordered()).toEqual([]);
  await cluster().whole(`${prefix}a`);
});

test('two of three brokers away: nothing is acknowledged and callers are told in time; when they are back, all goes on', async () => {
  const { bus, prefix } = await createFixture({ a: PARTITIONS }, cluster().brokers);
  await cluster().whole(`${prefix}a`);
  const seen = new Set<string>();
  const subscription = await bus.subscribe({
    group: 'g',
    topics: ['a'],
    handle: async ({ envelope }) => void seen.add(envelope.id),
  });
  await subscription.joined();
  await bus.publish(createEvent('a', 'before', 0));
  await Promise.all([cluster().kill(2), cluster().kill(3)]);

  const askedMs = Date.now();
  const outcomes = await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      bus.publish(createEvent('a', `k${i}`, 0), { timeoutMs: 3_000 }).then(
        () => 'acknowledged',
        (error: BaseError) => error.code,
      ),
    ),
  );
  expect(Date.now() - askedMs).toBeLessThan(5_000);
  expect(outcomes.filter((outcome) => !['OTP_BUS_TIMEOUT', 'OTP_BUS_UNAVAILABLE'].includes(outcome))).toEqual([]);
  expect(bus.health().producer.oldestUnackedMs).toBeGreaterThan(2_000);

  await Promise.all([cluster().restart(2), cluster().restart(3)]);
  const backMs = Date.now();
  const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
  // As a sender does that is told to try again.
  const publishUntilAcknowledged = async (key: string): Promise<void> => {
    for (;;) {
      try {
        return await bus.publish(createEvent('a', key, 1));
      } catch (error) {
        if (!(error as BaseError).retry || Date.now() - backMs > 90_000) throw error;
        await sleep(200);
      }
    }
  };
  await Promise.all(keys.map(publishUntilAcknowledged));
  report(`two brokers back: everything is acknowledged after ${Date.now() - backMs} ms`);
  await waitFor(() => seen.has('before.0') && keys.every((key) => seen.has(`${key}.1`)), {
    timeoutMs: 60_000,
    what: 'the events after the outage',
  });
  await cluster().whole(`${prefix}a`);
});

test('a read by offset survives the death of a leader: every record once, then its end', async () => {
  const { bus, prefix } = await createFixture({ a: PARTITIONS }, cluster().brokers);
  const count = 12_000;
  const padding = 'x'.repeat(1_000);
  for (let first = 0; first < count; first += 1_000)
    await Promise.all(
      Array.from({ length: 1_000 }, (_, i) =>
        bus.publish(
          { ...createEvent('a', `k${i}`, first + i), data: JSON.stringify({ n: first + i, padding }) },
          { timeoutMs: 30_000 },
        ),
      ),
    );
  await cluster().whole(`${prefix}a`);
  const leader = await cluster().leaderOf(`${prefix}a`, 0);
  const seen = new Set<string>();
  let repeats = 0;
  let killed: Promise<void> | undefined;
  const result = await bus.read({
    topics: ['a'],
    fromMs: 0,
    concurrency: 64,
    async handle({ envelope }) {
      if (seen.size === 500) killed ??= cluster().kill(leader);
      await killed;
      if (seen.has(envelope.id)) repeats++;
      seen.add(envelope.id);
    },
  });
  expect(result).toEqual({ records: count, skipped: 0 });
  expect(seen.size).toBe(count);
  expect(repeats).toBe(0);
  await cluster().restart(leader);
});
