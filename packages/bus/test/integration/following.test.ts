import { setTimeout as sleep } from 'node:timers/promises';
import { BaseError } from '@watchword/contracts';
import { createBrokerProxy, waitFor } from '@watchword/testkit';
import { pino } from 'pino';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createBus, type Bus } from '../../src/index.ts';
import { createFixture, type Fixture } from './bus-fixture.ts';

const TABLE = { name: 'table', partitions: 1, retentionMs: 3_600_000, compacted: true };

/** A table of texts; `bad` cannot be read, and `other` is none of them. */
function followTexts(bus: Bus) {
  const tables: Record<string, string>[] = [];
  const table = bus.follow({
    topic: TABLE.name,
    parse({ value }) {
      const text = value.toString();
      if (text === 'bad') throw new BaseError('OTP_BUS_UNPARSABLE', 'not a text', { retry: false });
      return text === 'other' ? undefined : text;
    },
    onTable: (rows) => void tables.push(Object.fromEntries(rows)),
  });
  const until = async (rows: Record<string, string>): Promise<unknown> =>
    waitFor(() => JSON.stringify(tables.at(-1)) === JSON.stringify(rows), {
      timeoutMs: 20_000,
      what: `${JSON.stringify(rows)}, last ${JSON.stringify(tables.at(-1))}`,
    });
  return { table, tables, until };
}

const put = async ({ bus }: Pick<Fixture, 'bus'>, key: string, value: string | null): Promise<void> =>
  bus.publishRecord({ topic: TABLE.name, key, value, headers: {} });

async function createTable(brokers?: string[]): Promise<Fixture> {
  const fixture = await createFixture({}, brokers);
  await fixture.bus.createTopics([TABLE]);
  return fixture;
}

test('every follower has the last record of each key: what was there at once and whole, then each change', async () => {
  const fixture = await createTable();
  for (const [key, value] of [
    ['a', '1'],
    ['b', '1'],
    ['a', '2'],
    ['c', '1'],
    ['b', null],
  ] as const)
    await put(fixture, key, value);
  const first = followTexts(fixture.bus);
  const second = followTexts(fixture.another());
  expect(await Promise.all([first.table.known, second.table.known])).toEqual(['read', 'read']);
  expect([first.tables, second.tables]).toEqual([[{ a: '2', c: '1' }], [{ a: '2', c: '1' }]]);
  await put(fixture, 'c', null);
  await put(fixture, 'd', '1');
  for (const { until, table } of [first, second]) {
    await until({ a: '2', d: '1' });
    expect(table.isCurrent()).toBe(true);
  }
  await first.table.stop();
  await put(fixture, 'e', '1');
  await second.until({ a: '2', d: '1', e: '1' });
  expect(first.tables.at(-1)).toEqual({ a: '2', d: '1' });
  expect(first.table.isCurrent()).toBe(false);
});

test('a record that cannot be read is skipped and counted, one that is none of these takes its key’s row away', async () => {
  const fixture = await createTable();
  await put(fixture, 'a', '1');
  await put(fixture, 'a', 'bad');
  await put(fixture, 'b', '1');
  const { table, until, tables } = followTexts(fixture.bus);
  await table.known;
  expect(tables).toEqual([{ a: '1', b: '1' }]);
  await put(fixture, 'b', 'other');
  await until({ a: '1' });
  const page = await fixture.metrics.metrics();
  expect(page).toContain('watchword_bus_read_total{topic="table",outcome="skipped"} 1');
  expect(page).toContain('watchword_bus_read_total{topic="table",outcome="done"} 3');
});

test('without its topic the table is empty, and followed as soon as there is one', async () => {
  const fixture = await createFixture({});
  const { table, until, tables } = followTexts(fixture.bus);
  expect(await table.known).toBe('missing');
  expect([tables, table.isCurrent()]).toEqual([[], false]);
  await fixture.bus.createTopics([TABLE]);
  await put(fixture, 'a', '1');
  await until({ a: '1' });
  expect(table.isCurrent()).toBe(true);
});

test('while Kafka is away the table stays, and is then what was written meanwhile', async () => {
  const proxy = await createBrokerProxy(inject('kafkaBrokers')[0]!);
  onTestFinished(() => proxy.close());
  const here = await createTable([proxy.address]);
  await put(here, 'a', '1');
  const { table, until, tables } = followTexts(here.bus);
  await table.known;
  await proxy.cut();
  await waitFor(() => !table.isCurrent(), { timeoutMs: 10_000, what: 'the outage to be noticed' });
  expect(tables).toEqual([{ a: '1' }]);
  await proxy.heal();
  await put(here, 'a', '2');
  await until({ a: '2' });
  expect(table.isCurrent()).toBe(true);
});

test('stopping waits for no broker that hangs', async () => {
  const proxy = await createBrokerProxy(inject('kafkaBrokers')[0]!);
  onTestFinished(() => proxy.close());
  const { bus } = await createTable([proxy.address]);
  proxy.block();
  const { table } = followTexts(bus);
  const early = await Promise.race([table.known, sleep(200, 'waits' as const)]);
  const startedMs = performance.now();
  await table.stop();
  expect([early, await table.known]).toEqual(['waits', 'stopped']);
  // a connection is given up after 3 s, a request after 20
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  await proxy.heal();
});

test('a bus that closes ends what it follows, though nothing ever answered', async () => {
  const proxy = await createBrokerProxy(inject('kafkaBrokers')[0]!);
  await proxy.close();
  const config = { brokers: [proxy.address], clientId: 'bus-test' };
  const bus = createBus(config, { log: pino({ level: 'silent' }) });
  const { table } = followTexts(bus);
  await bus.close(0);
  expect(await table.known).toBe('stopped');
  await table.stop();
});
