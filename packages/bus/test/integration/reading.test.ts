import { BaseError } from '@watchword/contracts';
import { createBrokerProxy, waitFor } from '@watchword/testkit';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import type { Bus, IncomingEvent } from '../../src/index.ts';
import { createEvent, createFixture, numberIn } from './bus-fixture.ts';

/** A lane takes 2,000 at a time. */
const WAVE = 1_000;

async function publishAll(bus: Bus, topic: string, count: number, { keys = 50, padding = '' } = {}): Promise<void> {
  for (let first = 0; first < count; first += WAVE) {
    const wave = Array.from({ length: Math.min(WAVE, count - first) }, (_, i) => {
      const n = first + i;
      return bus.publish({ ...createEvent(topic, `k${n % keys}`, n), data: JSON.stringify({ n, padding }) });
    });
    await Promise.all(wave);
  }
}

test('everything up to the end at the start is read once, keys in order, from several topics, and nothing of it is committed', async () => {
  const { bus, metrics } = await createFixture({ a: 8, b: 3, empty: 2 });
  await Promise.all([publishAll(bus, 'a', 3_000), publishAll(bus, 'b', 500)]);
  const seen = new Map<string, number[]>();
  const progress: { read: number; total: number }[] = [];
  let late: Promise<unknown> | undefined;
  const result = await bus.read({
    topics: ['a', 'b', 'empty', 'never-made', 'a'],
    fromMs: 0,
    async handle({ topic, key, value }) {
      // What comes while reading is behind the end.
      late ??= publishAll(bus, 'a', 200);
      const id = `${topic}/${key}`;
      seen.set(id, [...(seen.get(id) ?? []), numberIn(value)]);
    },
    onProgress: (each) => progress.push(each),
  });
  await late;
  expect(result).toEqual({ records: 3_500, skipped: 0 });
  for (let k = 0; k < 50; k++) {
    expect(seen.get(`a/k${k}`)).toEqual(Array.from({ length: 60 }, (_, i) => k + i * 50));
    expect(seen.get(`b/k${k}`)).toEqual(Array.from({ length: 10 }, (_, i) => k + i * 50));
  }
  expect(progress.at(-1)).toEqual({ read: 3_500, total: 3_500 });
  expect(await metrics.metrics()).toContain('watchword_bus_read_total{topic="b",outcome="done"} 500');
  expect(bus.health().consumers).toEqual([]);
});

test('a topic that must exist is waited for, and read as soon as it is made', async () => {
  const { bus } = await createFixture({ a: 2 });
  await publishAll(bus, 'a', 20);
  const seen: number[] = [];
  let ended = false;
  const reading = bus
    .read({
      topics: ['a', 'late'],
      mustExist: true,
      fromMs: 0,
      handle: async ({ value }) => void seen.push(numberIn(value)),
    })
    .finally(() => (ended = true));
  await bus.read({ topics: ['a', 'late'], fromMs: 0, handle: async () => undefined });
  expect([ended, seen]).toEqual([false, []]);
  await bus.createTopics([{ name: 'late', partitions: 2, retentionMs: 3_600_000 }], { replicationFactor: 1 });
  expect(await reading).toEqual({ records: 20, skipped: 0 });
  expect(seen).toHaveLength(20);
});

test('reading begins at the first record at or after the given time', async () => {
  const { bus } = await createFixture({ a: 4 });
  await publishAll(bus, 'a', 100);
  const seen: number[] = [];
  const last: IncomingEvent[] = [];
  await bus.read({ topics: ['a'], fromMs: 0, handle: async (event) => void last.push(event) });
  const fromMs = Math.max(...last.map(({ timestampMs }) => timestampMs)) + 1;
  await waitFor(() => Date.now() > fromMs, { timeoutMs: 5_000, what: 'the time' });
  for (let n = 100; n < 140; n++) await bus.publish(createEvent('a', `k${n}`, n));
  await bus.read({ topics: ['a'], fromMs, handle: async ({ value }) => void seen.push(numberIn(value)) });
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => 100 + i));
  expect(await bus.read({ topics: ['a'], fromMs: Date.now() + 60_000, handle: async () => undefined })).toEqual({
    records: 0,
    skipped: 0,
  });
});

test('where the broker gives the time, a process whose clock is slow does not hide its events from a read', async () => {
  const { bus } = await createFixture({});
  await bus.createTopics([{ name: 'a', partitions: 1, retentionMs: 3_600_000, brokerTime: true }]);
  const seen: number[] = [];
  const fromMs = Date.now() - 60_000;
  const realNow = Date.now;
  const slow = vi.spyOn(Date, 'now').mockImplementation(() => realNow() - 300_000);
  onTestFinished(() => slow.mockRestore());
  await bus.publish(createEvent('a', 'k', 1));
  slow.mockRestore();
  await bus.read({ topics: ['a'], fromMs, handle: async ({ value }) => void seen.push(numberIn(value)) });
  expect(seen).toEqual([1]);
});

test('a fault of the infrastructure is tried again; what no try can handle is skipped and counted', async () => {
  const { bus } = await createFixture({ a: 2 });
  await publishAll(bus, 'a', 20, { keys: 20 });
  const tries = new Map<number, number>();
  const result = await bus.read({
    topics: ['a'],
    fromMs: 0,
    async handle({ value }) {
      const n = numberIn(value);
      tries.set(n, (tries.get(n) ?? 0) + 1);
      if (n === 3 && tries.get(n)! < 3) throw new BaseError('OTP_STATE_UNAVAILABLE', 'Redis is away', { retry: true });
      if (n === 5) throw new BaseError('OTP_BUS_UNPARSABLE', 'no version', { retry: false });
      if (n === 7) throw new TypeError('a bug');
    },
  });
  expect(result).toEqual({ records: 18, skipped: 2 });
  expect([tries.get(3), tries.get(5), tries.get(7)]).toEqual([3, 1, 5]);
});

test('a broker that goes away while reading: the read goes on where it was, without repeats', async () => {
  const proxy = await createBrokerProxy(inject('kafkaBrokers')[0]!);
  onTestFinished(() => proxy.close());
  const { bus } = await createFixture({ a: 4 }, [proxy.address]);
  // 12 MB: several fetches, of which the first alone can be there when the broker goes.
  await publishAll(bus, 'a', 6_000, { padding: 'x'.repeat(2_000) });
  const seen: number[] = [];
  const gate = Promise.withResolvers<void>();
  const reading = bus.read({
    topics: ['a'],
    fromMs: 0,
    concurrency: 16,
    async handle({ value }) {
      if (seen.length >= 1_000) await gate.promise;
      seen.push(numberIn(value));
    },
  });
  await waitFor(() => seen.length >= 1_000, { timeoutMs: 10_000, what: 'the first records' });
  await proxy.cut();
  gate.resolve();
  await waitFor(() => seen.length > 1_100, { timeoutMs: 10_000, what: 'what had been fetched' });
  await proxy.heal();
  expect(await reading).toEqual({ records: 6_000, skipped: 0 });
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 6_000 }, (_, n) => n));
});

test('a read ends when its signal or its bus says so, with handlers still at work', async () => {
  const { bus } = await createFixture({ a: 1 });
  await publishAll(bus, 'a', 10);
  const giveUp = new AbortController();
  let begun = 0;
  const stuck = { topics: ['a'], fromMs: 0, handle: () => (begun++, new Promise<void>(() => undefined)) };
  const first = bus.read({ ...stuck, signal: giveUp.signal });
  await waitFor(() => begun > 0, { timeoutMs: 5_000, what: 'a handler' });
  giveUp.abort();
  await expect(first).rejects.toMatchObject({ code: 'OTP_BUS_CLOSED' });
  const second = bus.read(stuck);
  const closed = bus.close();
  await expect(second).rejects.toMatchObject({ code: 'OTP_BUS_CLOSED' });
  await closed;
  await expect(bus.read(stuck)).rejects.toMatchObject({ code: 'OTP_BUS_CLOSED' });
});
