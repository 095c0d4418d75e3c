import { BaseError } from '@watchword/contracts';
import { waitFor } from '@watchword/testkit';
import { expect, test } from 'vitest';
import type { IncomingEvent, IncomingRecord } from '../../src/index.ts';
import { createEvent, createFixture, keyPerPartition, numberIn } from './bus-fixture.ts';

const away = () => new BaseError('OTP_STATE_UNAVAILABLE', 'Redis is away', { retry: true });

const unparsable = (): never => {
  throw new BaseError('OTP_BUS_UNPARSABLE', 'field version is missing', { retry: false });
};

test('nothing after a record that fails is committed: it is seen again after a restart, and nothing is skipped', async () => {
  const { bus, another } = await createFixture({ a: 1 });
  let failures = 0;
  const first: number[] = [];
  const subscription = await bus.subscribe({
    group: 'g',
    topics: ['a'],
    concurrency: 8,
    async handle({ value }) {
      if (numberIn(value) === 3) {
        failures++;
        throw away();
      }
      first.push(numberIn(value));
    },
  });
  await Promise.all(Array.from({ length: 10 }, (_, n) => bus.publish(createEvent('a', `k${n}`, n))));
  await waitFor(() => failures >= 3, { timeoutMs: 10_000, what: 'three tries of the failing record' });
  expect(first).toEqual(expect.arrayContaining([0, 1, 2]));
  await subscription.stop();

  const second: number[] = [];
  await another().subscribe({
    group: 'g',
    topics: ['a'],
    handle: async ({ value }) => void second.push(numberIn(value)),
  });
  await waitFor(() => second.includes(9), { timeoutMs: 10_000, what: 'the last record' });
  expect(second).toEqual([3, 4, 5, 6, 7, 8, 9]);
});

test('a fault that passes is survived: the record is handled, the partition goes on, others never waited', async () => {
  const { bus } = await createFixture({ a: 2 });
  const [sick, well] = keyPerPartition(2) as [string, string];
  let healthy = false;
  const handled: string[] = [];
  const partitions = new Set<number>();
  await bus.subscribe({
    group: 'g',
    topics: ['a'],
    async handle({ key, value, partition }) {
      partitions.add(partition);
      if (key === sick && !healthy) throw away();
      handled.push(`${key}:${numberIn(value)}`);
    },
  });
  await bus.publish(createEvent('a', sick, 0));
  await bus.publish(createEvent('a', sick, 1));
  for (let n = 0; n < 5; n++) await bus.publish(createEvent('a', well, n));
  await waitFor(() => handled.includes(`${well}:4`), { timeoutMs: 10_000, what: 'the other partition' });
  expect(partitions.size).toBe(2);
  expect(handled.filter((each) => each.startsWith(`${sick}:`))).toEqual([]);
  healthy = true;
  await waitFor(() => handled.includes(`${sick}:1`), { timeoutMs: 10_000, what: 'the recovered partition' });
  expect(handled.filter((each) => each.startsWith(`${sick}:`))).toEqual([`${sick}:0`, `${sick}:1`]);
});

test('a record that waits on purpose is no stop of its consumer', async () => {
  const { bus } = await createFixture({ a: 1 });
  const triedAtMs: number[] = [];
  await bus.subscribe({
    group: 'g',
    topics: ['a'],
    handle: () => {
      triedAtMs.push(Date.now());
      return Promise.reject(new BaseError('OTP_INGRESS_WAITING', 'it waits', { retry: true }));
    },
  });
  await bus.publish(createEvent('a', 'k', 0));
  await waitFor(() => triedAtMs.length >= 5, { timeoutMs: 10_000, what: 'some tries' });
  expect(bus.health().consumers[0]!.sinceProgressMs).toBeLessThan(Date.now() - triedAtMs[0]!);
});

test('a record that cannot be parsed goes to the dead letters with its whereabouts, once, and is not read again', async () => {
  const { bus, another, metrics } = await createFixture({ a: 2 });
  const seen: number[] = [];
  const handle = async ({ value }: IncomingEvent): Promise<void> => {
    if (numberIn(value) === 1) unparsable();
    seen.push(numberIn(value));
  };
  const subscription = await bus.subscribe({ group: 'g', topics: ['a'], handle });
  for (const n of [0, 1, 2]) await bus.publish(createEvent('a', 'k', n));
  const dead: IncomingEvent[] = [];
  await waitFor(() => seen.length === 2, { timeoutMs: 10_000, what: 'the parsable records' });
  await bus.subscribe({ group: 'morgue', topics: ['a.g.dead'], handle: async (event) => void dead.push(event) });
  await waitFor(() => dead.length > 0, { timeoutMs: 10_000, what: 'the dead letter' });
  expect(dead).toHaveLength(1);
  expect(dead[0]).toMatchObject({
    key: 'k',
    envelope: { id: 'k.1' },
    headers: { 'x-reason': 'field version is missing', 'x-original-topic': 'a', 'x-original-offset': '1' },
  });
  expect(numberIn(dead[0]!.value)).toBe(1);
  expect(await metrics.metrics()).toContain('watchword_bus_dead_letters_total{topic="a",group="g"} 1');

  await subscription.stop();
  const again: number[] = [];
  await another().subscribe({
    group: 'g',
    topics: ['a'],
    handle: async ({ value }) => void again.push(numberIn(value)),
  });
  await bus.publish(createEvent('a', 'k', 3));
  await waitFor(() => again.length > 0, { timeoutMs: 10_000, what: 'the next record' });
  expect(again).toEqual([3]);
});

test('a dead letter that is too large with its own headers goes without its content, and nothing waits behind it', async () => {
  const { bus } = await createFixture({ a: 1 });
  const handled: number[] = [];
  await bus.subscribe({
    group: 'g',
    topics: ['a'],
    handle: async ({ value }) => void (value.length > 1_000 ? unparsable() : handled.push(numberIn(value))),
  });
  const large = createEvent('a', 'k', 1);
  for (let bytes = 512 * 1024; ; bytes -= 20) {
    const error = await bus.publish({ ...large, data: 'x'.repeat(bytes) }).catch((thrown: unknown) => thrown);
    if (error === undefined) break;
    expect(error).toMatchObject({ code: 'OTP_BUS_UNAVAILABLE', retry: false });
  }
  await bus.publish(createEvent('a', 'k', 2));
  await waitFor(() => handled.length === 1, { timeoutMs: 20_000, what: 'the record behind it' });
  const dead: IncomingRecord[] = [];
  await bus.subscribe({
    group: 'morgue',
    topics: ['a.g.dead'],
    envelope: 'none',
    handle: async (record) => void dead.push(record),
  });
  await waitFor(() => dead.length === 1, { timeoutMs: 10_000, what: 'the dead letter' });
  expect(dead[0]!.value).toHaveLength(0);
  expect(dead[0]!.headers).toMatchObject({ 'x-withheld': 'key, value, headers', 'x-original-offset': '0' });
});

test('one subscription reads several topics, and a partition fuller than its queue is paused and read to its end', async () => {
  const { bus } = await createFixture({ a: 1, b: 1 });
  let open = false;
  const seen = { a: new Set<number>(), b: new Set<number>() };
  await bus.subscribe({
    group: 'g',
    topics: ['a', 'b'],
    concurrency: 4,
    async handle({ topic, value }) {
      if (topic === 'a' && !open) throw away();
      seen[topic as 'a' | 'b'].add(numberIn(value));
    },
  });
  await Promise.all(Array.from({ length: 1_500 }, (_, n) => bus.publish(createEvent('a', `k${n}`, n))));
  await Promise.all(Array.from({ length: 1_500 }, (_, n) => bus.publish(createEvent('b', `k${n}`, n))));
  await waitFor(() => seen.b.size === 1_500, { timeoutMs: 15_000, what: 'the topic that is well' });
  expect(seen.a.size).toBe(0);
  open = true;
  await waitFor(() => seen.a.size === 1_500, { timeoutMs: 15_000, what: 'the topic that was ill' });
});

test('members that come and go share the partitions; nothing is lost and keys stay in order', async () => {
  const { bus, another } = await createFixture({ a: 8 });
  const seen = new Map<string, number[]>();
  const byMember = [new Set<number>(), new Set<number>()];
  const handleAs =
    (member: number) =>
    async ({ key, value, partition }: IncomingEvent): Promise<void> => {
      byMember[member]!.add(partition);
      seen.set(key, [...(seen.get(key) ?? []), numberIn(value)]);
    };
  const first = await bus.subscribe({ group: 'g', topics: ['a'], handle: handleAs(0) });
  await first.joined();

  let n = 0;
  const publishing = new AbortController();
  const keys = [...keyPerPartition(8), 'x', 'y', 'z'];
  const traffic = (async () => {
    for (; !publishing.signal.aborted; n++) await Promise.all(keys.map((key) => bus.publish(createEvent('a', key, n))));
  })();
  await waitFor(() => byMember[0]!.size === 8, { timeoutMs: 10_000, what: 'the first member to have all' });
  const second = await another().subscribe({ group: 'g', topics: ['a'], handle: handleAs(1) });
  await second.joined();
  await waitFor(() => byMember[1]!.size === 4, { timeoutMs: 15_000, what: 'the second member to have its share' });
  await first.stop();
  await waitFor(() => byMember[1]!.size === 8, { timeoutMs: 15_000, what: 'the second member to have all' });
  publishing.abort();
  await traffic;

  const all = Array.from({ length: n }, (_, i) => i);
  const isComplete = (): boolean => keys.every((key) => new Set(seen.get(key)).size === n);
  await waitFor(isComplete, { timeoutMs: 15_000, what: 'all events' });
  for (const key of keys) expect([...new Set(seen.get(key))]).toEqual(all);
  const repeats = keys.reduce((sum, key) => sum + seen.get(key)!.length - n, 0);
  expect(repeats).toBeLessThan(n * keys.length);
});

test('stopping waits for handlers and commits them; a handler may still publish meanwhile', async () => {
  const { bus, another } = await createFixture({ a: 1, b: 1 });
  const gate = Promise.withResolvers<void>();
  const begun: number[] = [];
  await bus.subscribe({
    group: 'g',
    topics: ['a'],
    async handle({ value }) {
      begun.push(numberIn(value));
      await gate.promise;
      await bus.publish(createEvent('b', 'k', numberIn(value)));
    },
  });
  await bus.publish(createEvent('a', 'k', 0));
  await waitFor(() => begun.length === 1, { timeoutMs: 10_000, what: 'the handler to begin' });
  const closed = bus.close();
  gate.resolve();
  await closed;

  const next = another();
  const seen: string[] = [];
  await next.subscribe({
    group: 'g',
    topics: ['a', 'b'],
    handle: async ({ topic, value }) => void seen.push(`${topic}:${numberIn(value)}`),
  });
  await next.publish(createEvent('a', 'k', 1));
  await waitFor(() => seen.length >= 2, { timeoutMs: 10_000, what: 'the rest' });
  expect(seen.toSorted()).toEqual(['a:1', 'b:0']);
});
