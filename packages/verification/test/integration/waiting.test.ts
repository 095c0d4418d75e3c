import { waitFor } from '@watchword/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { PRESSURE_COUNTS_MS, bucketOfId, createPressureStore } from '../../src/index.ts';
import { SMS_THEN_VOICE, admissionOf, createFixture, dueWith } from '../fixture.ts';

const ADMITTED_MS = 40;
const fixture = await createFixture({ admittedMs: ADMITTED_MS });
const { store, start, deliver, state, redis, namespace } = fixture;
afterAll(fixture.close);

let recipients = 0;
const someone = (): string => `w${recipients++}`;
const deadlineOf = async (id: string, kind: string): Promise<number> =>
  Number(await redis.zscore(store.keys.deadlines(bucketOfId(id)), `${id}|${kind}`));

async function admitted(): Promise<string> {
  const input = admissionOf({ recipient: someone() });
  expect((await store.admit(input)).outcome).toBe('created');
  return input.id;
}

describe('a verification whose next send waits', () => {
  test('calls again after the time that was asked for, and nothing else of it changes', async () => {
    const id = await admitted();
    await dueWith(fixture, id, 'admitted');
    const before = await state(id);
    const { outcome, now } = await store.defer(before, 5_000);
    expect(outcome).toBe('deferred');
    expect(await deadlineOf(id, 'admitted')).toBe(now + 5_000);
    expect(await deadlineOf(id, 'life')).toBe(before.expiresAt);
    expect(await fixture.due(id)).toEqual([]);
    expect(await state(id)).toEqual(before);
  });

  test('after its first send: by its step, also where no deadline of that was set; a lease that is over calls no more', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await deliver(id, 'p1.sms');
    const bucket = store.keys.deadlines(bucketOfId(id));
    await redis.zrem(bucket, `${id}|step`);
    await redis.zadd(bucket, 1, `${id}|lease`);
    const { now } = await store.defer(await state(id), 5_000);
    expect(await deadlineOf(id, 'step')).toBe(now + 5_000);
    expect(await deadlineOf(id, 'lease')).toBe(now + 5_000);
    expect(await deadlineOf(id, 'admitted')).toBe(0);
  });

  test('that somebody changed since it was looked at wants another look: what called for it stays due', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await deliver(id, 'p1.sms');
    const looked = await state(id);
    await store.next(id, 'shop');
    expect((await store.defer(looked, 5_000)).outcome).toBe('moved');
    await dueWith(fixture, id, 'step');
  });

  test('and that has ended meanwhile gets no deadline', async () => {
    const id = await admitted();
    const looked = await state(id);
    await store.cancel(id, 'shop');
    expect((await store.defer(looked, 5_000)).outcome).toBe('ended');
    expect(await deadlineOf(id, 'admitted')).toBe(0);
  });
});

test('many whose first send waits are put off in one call; one that goes on meanwhile gets no deadline by it', async () => {
  const ids = [await admitted(), await admitted()];
  const gone = await admitted();
  await fixture.move(gone, 'request');
  await dueWith(fixture, ids[1]!, 'admitted');
  await store.deferAdmitted(bucketOfId(gone), [...ids, gone], 5_000);
  for (const id of ids) expect(await fixture.due(id)).toEqual([]);
  expect(await deadlineOf(ids[0]!, 'admitted')).toBeGreaterThan(Date.now() + 3_000);
  expect(await deadlineOf(gone, 'admitted')).toBe(0);
});

describe('the pressure that dispatchers tell', () => {
  const pressure = createPressureStore(redis, { namespace });
  const one = { channel: 'sms', instance: 'd1', everyone: 0.5, tenants: { shop: 0.25, 'a|b': 1.5 } } as const;

  test('is read as each of them has told it last, of every channel', async () => {
    await pressure.report({ ...one, everyone: 0 });
    const other = { ...one, channel: 'voice', instance: 'd2', tenants: {} } as const;
    for (const each of [one, other]) await pressure.report(each);
    const read = await pressure.read();
    expect(read).toHaveLength(2);
    expect(read).toEqual(expect.arrayContaining([one, other]));
  });

  test('counts for some seconds and then no more, whoever else still tells', async () => {
    await pressure.report(one);
    const silent = performance.now();
    await waitFor(
      async () => {
        await pressure.report({ ...one, instance: 'd3' });
        return (await pressure.read()).every(({ instance }) => instance === 'd3');
      },
      { timeoutMs: 3 * PRESSURE_COUNTS_MS, intervalMs: 200, what: 'an end of what the others told' },
    );
    expect(performance.now() - silent).toBeGreaterThan(PRESSURE_COUNTS_MS - 500);
    await waitFor(async () => (await redis.exists(store.keys.pressure())) === 0, {
      timeoutMs: 3 * PRESSURE_COUNTS_MS,
      intervalMs: 200,
      what: 'an end of all that was told',
    });
  });
});
