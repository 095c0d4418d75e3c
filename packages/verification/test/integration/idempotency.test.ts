import { randomBytes } from 'node:crypto';
import { connectGivenRedis, waitFor } from '@watchword/testkit';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { createHeartbeats, createIdempotencyStore, createKeys } from '../../src/index.ts';
import { count, times } from '../fixture.ts';

const redis = connectGivenRedis(inject('redis'));
const namespace = `test-${randomBytes(6).toString('hex')}-`;
const store = createIdempotencyStore(redis, { namespace });
const keys = createKeys(namespace);
afterAll(() => redis.disconnect());

const call = 'hash-of-the-call';
const otherCall = 'hash-of-another-body';
const hashes = (callHash: string) => ({ callHash, canonicalHash: `canonical-${callHash}` });
let names = 0;
const fresh = (): string => `key-${names++}`;

/** As if its holder had crashed this long ago. */
async function endLease(key: string): Promise<void> {
  await redis.hset(keys.idempotency(key), 'un', '1');
}

describe('an Idempotency-Key', () => {
  test('20 concurrent calls: one is let in, the others are told when to come back', async () => {
    const key = fresh();
    const answers = await times(20, async (i) => store.reserve(key, hashes(call), `id-${i}`));
    expect(count(answers)).toEqual({ reserved: 1, inFlight: 19 });
    const waits = answers.flatMap((answer) => (answer.outcome === 'inFlight' ? [answer.retryAfterMs] : []));
    expect(Math.min(...waits)).toBeGreaterThan(5_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
  });

  test('answers the same call with the same answer', async () => {
    const key = fresh();
    await store.reserve(key, hashes(call), 'id-1');
    await store.store(key, call, 202, '{"id":"id-1"}');
    expect(await store.reserve(key, hashes(call), 'id-2')).toEqual({
      outcome: 'answered',
      status: 202,
      body: '{"id":"id-1"}',
    });
  });

  test('refuses another body, in flight and answered', async () => {
    const key = fresh();
    await store.reserve(key, hashes(call), 'id-1');
    expect(await store.reserve(key, hashes(otherCall), 'id-2')).toEqual({ outcome: 'otherBody' });
    await store.store(key, call, 202, '{}');
    expect(await store.reserve(key, hashes(otherCall), 'id-2')).toEqual({ outcome: 'otherBody' });
  });

  test('knows a call whose body is written in another order, in flight, after a crash and answered', async () => {
    const key = fresh();
    const reordered = { ...hashes(call), callHash: 'hash-of-another-order' };
    await store.reserve(key, hashes(call), 'id-1');
    expect(await store.reserve(key, reordered, 'id-2')).toMatchObject({ outcome: 'inFlight' });
    await endLease(key);
    const taken = await store.reserve(key, reordered, 'id-2');
    expect(taken).toEqual({ outcome: 'reserved', id: 'id-1', callHash: call });
    await store.store(key, call, 202, '{}');
    expect(await store.reserve(key, reordered, 'id-3')).toMatchObject({ outcome: 'answered', body: '{}' });
  });

  test('that a former version reserved is known by its body as it was written', async () => {
    const key = fresh();
    await store.reserve(key, hashes(call), 'id-1');
    await redis.hdel(keys.idempotency(key), 'cd');
    expect(await store.reserve(key, hashes(call), 'id-2')).toMatchObject({ outcome: 'inFlight' });
    expect(await store.reserve(key, hashes(otherCall), 'id-2')).toEqual({ outcome: 'otherBody' });
  });

  test('after a crash the reserved id is used again', async () => {
    const key = fresh();
    await store.reserve(key, hashes(call), 'id-1');
    await endLease(key);
    expect(await store.reserve(key, hashes(call), 'id-2')).toEqual({ outcome: 'reserved', id: 'id-1', callHash: call });
    expect(await store.reserve(key, hashes(call), 'id-3')).toMatchObject({ outcome: 'inFlight' });
  });

  test('given back, it lets the next try in at once, with the same id', async () => {
    const key = fresh();
    expect(await store.isKnown(key)).toBe(false);
    await store.reserve(key, hashes(call), 'id-1');
    expect(await store.isKnown(key)).toBe(true);
    await store.release(key, otherCall);
    expect(await store.reserve(key, hashes(call), 'id-2')).toMatchObject({ outcome: 'inFlight' });
    await store.release(key, call);
    expect(await store.reserve(key, hashes(call), 'id-2')).toEqual({ outcome: 'reserved', id: 'id-1', callHash: call });
    await store.store(key, call, 202, '{}');
    await store.release(key, call);
    expect(await store.reserve(key, hashes(call), 'id-3')).toMatchObject({ outcome: 'answered' });
  });

  test('is kept for a day, and an answer to one that is gone is not kept at all', async () => {
    const key = fresh();
    await store.store(key, call, 202, '{}');
    expect(await redis.exists(keys.idempotency(key))).toBe(0);
    await store.reserve(key, hashes(call), 'id-1');
    await store.store(key, call, 202, '{}');
    const ttlMs = await redis.pttl(keys.idempotency(key));
    expect(ttlMs).toBeGreaterThan(86_390_000);
    expect(ttlMs).toBeLessThanOrEqual(86_400_000);
  });
});

describe('heartbeats', () => {
  test('say who is alive, and forget who leaves', async () => {
    const one = createHeartbeats(redis, { namespace, role: 'dispatcher', instance: 'one' });
    const two = createHeartbeats(redis, { namespace, role: 'ingest', instance: 'two|with a bar' });
    await one.beat();
    expect(await two.beat()).toEqual([
      { role: 'dispatcher', instance: 'one' },
      { role: 'ingest', instance: 'two|with a bar' },
    ]);
    expect(await one.leave()).toEqual([{ role: 'ingest', instance: 'two|with a bar' }]);
    await waitFor(async () => (await redis.pttl(keys.processes())) > 0, { timeoutMs: 1_000, what: 'a TTL' });
  });

  test('forget who has been silent for 5 s', async () => {
    await redis.zadd(keys.processes(), String(Date.now() - 5_500), 'dispatcher|silent');
    const one = createHeartbeats(redis, { namespace, role: 'dispatcher', instance: 'one' });
    expect(await one.beat()).not.toContainEqual({ role: 'dispatcher', instance: 'silent' });
  });
});
