import { BaseError } from '@watchword/contracts';
import { waitFor } from '@watchword/testkit';
import { expect, test } from 'vitest';
import type { IncomingEvent, IncomingRecord } from '../../src/index.ts';
import { createEvent, createFixture } from './bus-fixture.ts';

test('records that others write reach the handler as they came, with CloudEvents attributes or without', async () => {
  const { bus } = await createFixture({ theirs: 2 });
  const seen: IncomingRecord[] = [];
  await bus.subscribe({
    group: 'g',
    topics: ['theirs'],
    envelope: 'none',
    handle: async (record) => void seen.push(record),
  });
  await bus.publishRecord({ topic: 'theirs', key: 'k', value: 'not JSON', headers: { 'idempotency-key': 'order-7' } });
  await bus.publishRecord({ topic: 'theirs', key: '', value: '{"to":1}', headers: {} });
  await bus.publish(createEvent('theirs', 'k', 1));
  await waitFor(() => seen.length === 3, { timeoutMs: 10_000, what: 'the records' });
  expect(seen.find(({ value }) => value.toString() === 'not JSON')).toMatchObject({
    topic: 'theirs',
    key: 'k',
    headers: { 'idempotency-key': 'order-7' },
  });
  expect(seen.find(({ key }) => key === '')!.headers).toEqual({});
  expect(seen.find(({ headers }) => headers['ce_id'] === 'k.1')).not.toHaveProperty('envelope');
});

test('a dead letter of a foreign record names where it lies and holds nothing of it', async () => {
  const { bus } = await createFixture({ theirs: 1 });
  await bus.subscribe({
    group: 'g',
    topics: ['theirs'],
    envelope: 'none',
    handle: () => Promise.reject(new BaseError('OTP_STATE_SCHEMA', 'schema 9', { retry: false })),
  });
  await bus.publishRecord({
    topic: 'theirs',
    key: '+15550001111',
    value: '+15550001112',
    headers: { to: '+15550001113' },
  });
  const dead: IncomingRecord[] = [];
  await bus.subscribe({
    group: 'morgue',
    topics: ['theirs.g.dead'],
    envelope: 'none',
    handle: async (record) => void dead.push(record),
  });
  await waitFor(() => dead.length === 1, { timeoutMs: 20_000, what: 'the dead letter' });
  expect(dead[0]!.key).toBe('');
  expect(dead[0]!.value).toHaveLength(0);
  expect(dead[0]!.headers).toEqual({
    'x-reason': 'OTP_STATE_SCHEMA',
    'x-withheld': 'key, value, headers',
    'x-original-topic': 'theirs',
    'x-original-partition': '0',
    'x-original-offset': '0',
  });
});

test('records without a key do not wait for one another', async () => {
  const { bus } = await createFixture({ theirs: 1 });
  const gate = Promise.withResolvers<void>();
  let begun = 0;
  await bus.subscribe({
    group: 'g',
    topics: ['theirs'],
    envelope: 'none',
    async handle() {
      begun++;
      await gate.promise;
    },
  });
  for (let n = 0; n < 5; n++) await bus.publishRecord({ topic: 'theirs', key: '', value: String(n), headers: {} });
  await waitFor(() => begun === 5, { timeoutMs: 10_000, what: 'all five at once' });
  expect(bus.health().consumers[0]!.oldestHandlerMs).toBeGreaterThan(0);
  gate.resolve();
});

test('a handler that does not return shows in health, holds up its key alone, and its record is never committed', async () => {
  const { bus, another } = await createFixture({ a: 1 });
  const handled: string[] = [];
  const handle = async ({ envelope }: IncomingEvent): Promise<void> => {
    handled.push(envelope.id);
    if (envelope.id === 'stuck.0') await new Promise(() => undefined);
  };
  const subscription = await bus.subscribe({ group: 'g', topics: ['a'], handle });
  await bus.publish(createEvent('a', 'stuck', 0));
  await bus.publish(createEvent('a', 'stuck', 1));
  for (let n = 0; n < 20; n++) await bus.publish(createEvent('a', `k${n}`, n));
  await waitFor(() => handled.length === 21, { timeoutMs: 10_000, what: 'the other keys' });
  await waitFor(() => bus.health().consumers[0]!.oldestHandlerMs > 100, { timeoutMs: 5_000, what: 'its age' });
  expect(bus.health().consumers[0]!.sinceProgressMs).toBeGreaterThan(0);
  expect(handled).not.toContain('stuck.1');
  await subscription.stop(2_500);

  const again: string[] = [];
  await another().subscribe({
    group: 'g',
    topics: ['a'],
    handle: async ({ envelope }) => void again.push(envelope.id),
  });
  await waitFor(() => again.length === 22, { timeoutMs: 10_000, what: 'all of them' });
  expect(again.filter((id) => id.startsWith('stuck'))).toEqual(['stuck.0', 'stuck.1']);
});
