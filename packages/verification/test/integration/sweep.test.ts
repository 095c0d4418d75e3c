import { afterAll, beforeEach, expect, it } from 'vitest';
import type { OutboxEntry } from '../../src/index.ts';
import { createFixture } from '../fixture.ts';

const fixture = await createFixture();
const { redis, store } = fixture;
afterAll(() => fixture.close());

const BUCKET = 7;
const outbox = store.keys.outbox(BUCKET);
const quarantine = store.keys.quarantine(BUCKET);
beforeEach(async () => void (await redis.del(outbox, quarantine)));

const idOf = ({ streamId }: OutboxEntry): string => streamId;
const append = async (ageMs: number, n = 0): Promise<string> => {
  const [seconds, micros] = await redis.time();
  const at = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000) - ageMs;
  return (await redis.xadd(outbox, `${at}-${n}`, 'kind', 'check', 'owner', 'me'))!;
};

it('tells the age of the oldest event without a body of any', async () => {
  expect(await store.sweep(BUCKET, { deadlines: 1, events: 0 })).toMatchObject({ oldestAt: undefined, waiting: [] });
  await append(40_000);
  await append(10);
  const { now, oldestAt, waiting } = await store.sweep(BUCKET, { deadlines: 1, events: 0 });
  expect(now - oldestAt!).toBeGreaterThanOrEqual(40_000);
  expect(now - oldestAt!).toBeLessThan(45_000);
  expect(waiting).toEqual([]);
});

it('reads only events of an age, so many at a time, and goes on where it was', async () => {
  const old = [await append(40_000), await append(39_000), await append(38_000)];
  await append(1_000);
  const limits = { deadlines: 1, events: 2, agedMs: 30_000 };
  const first = await store.sweep(BUCKET, limits);
  expect(first.waiting.map(idOf)).toEqual(old.slice(0, 2));
  const second = await store.sweep(BUCKET, { ...limits, after: old[1]! });
  expect(second.waiting.map(idOf)).toEqual(old.slice(2));
  expect((await store.sweep(BUCKET, { deadlines: 1, events: 10 })).waiting).toHaveLength(4);
});

it('the quarantine keeps an event as it was, for a week, and the outbox has it no longer', async () => {
  await append(40_000);
  const [entry] = (await store.sweep(BUCKET, { deadlines: 1, events: 1 })).waiting;
  await store.quarantine(entry!);
  expect(await redis.xlen(outbox)).toBe(0);
  const [kept] = await redis.xrange(quarantine, '-', '+');
  expect(kept![1]).toEqual(['kind', 'check', 'owner', 'me']);
  expect(await redis.pttl(quarantine)).toBeGreaterThan(6 * 24 * 3_600_000);
});

it('an event that cannot be quarantined stays in the outbox and is a fault of the state', async () => {
  await append(40_000);
  await redis.set(quarantine, 'of another kind');
  const [entry] = (await store.sweep(BUCKET, { deadlines: 1, events: 1 })).waiting;
  await expect(store.quarantine(entry!)).rejects.toMatchObject({ code: 'OTP_STATE_BROKEN', retry: false });
  expect(await redis.xlen(outbox)).toBe(1);
});
