import { createHash, randomUUID } from 'node:crypto';
import { connectGivenRedis, keysOf, waitFor } from '@watchword/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Charge, createWideLimits, type WideLimits } from '../../src/index.ts';

const redis = connectGivenRedis(inject('redis'));
const MINUTE_MS = 60_000;
let namespace: string;
let limits: WideLimits;

const hash = (text: string) => createHash('sha256').update(`salt${text}`).digest('base64url').slice(0, 22);
const keys = () => keysOf(redis, `{${namespace}*`);
const charge = (overrides: Partial<Charge> = {}): Charge => ({
  scope: 'tenant',
  key: 'acme',
  limit: 50,
  windowMs: MINUTE_MS * 60,
  ...overrides,
});

beforeEach(() => {
  namespace = `risk-${randomUUID()}-`;
  limits = createWideLimits(redis, { namespace, hash });
});
afterAll(async () => {
  await redis.quit();
});

describe('wide limits on Redis', () => {
  it('allow exactly the limit under 200 parallel charges from two connections', async () => {
    const other = connectGivenRedis(inject('redis'));
    const otherLimits = createWideLimits(other, { namespace, hash });
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, n) => (n % 2 ? limits : otherLimits).charge([charge()])),
    );
    expect(results.filter(({ outcome }) => outcome === 'allowed')).toHaveLength(50);
    await other.quit();
  });

  it.each([1, 3, 7, 999, 1000])('allow exactly %i at once, whatever the window divides into', async (limit) => {
    const results = await Promise.all(Array.from({ length: limit + 5 }, () => limits.charge([charge({ limit })])));
    expect(results.filter(({ outcome }) => outcome === 'allowed')).toHaveLength(limit);
  });

  it('refill evenly, and come back when they said', async () => {
    const small = charge({ limit: 4, windowMs: 2000 });
    for (let n = 0; n < 4; n++) expect(await limits.charge([small])).toEqual({ outcome: 'allowed' });
    const refusedAt = performance.now();
    const refused = await limits.charge([small]);
    expect(refused).toMatchObject({ outcome: 'refused', scope: 'tenant' });
    const retryAfterMs = refused.outcome === 'refused' ? refused.retryAfterMs : 0;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(500);
    await waitFor(async () => (await limits.charge([small])).outcome === 'allowed', {
      timeoutMs: 5000,
      what: 'the next free place',
    });
    expect(performance.now() - refusedAt).toBeGreaterThanOrEqual(retryAfterMs - 1);
  });

  it('always have a TTL, within the window, and vanish when the bucket is full again', async () => {
    const small = charge({ limit: 4, windowMs: 400 });
    await limits.charge([small, charge({ scope: 'country', key: 'DE' })]);
    for (const key of await keys()) {
      const ttlMs = await redis.pttl(key);
      expect(ttlMs).toBeGreaterThan(0);
      expect(ttlMs).toBeLessThanOrEqual(MINUTE_MS * 60 + 1);
    }
    await limits.refund([charge({ scope: 'country', key: 'DE' })]);
    await waitFor(async () => (await keys()).length === 0, { timeoutMs: 5000, what: 'the keys to expire' });
  });

  it('of limit 0 refuse everything and keep nothing', async () => {
    const closed = charge({ scope: 'country', key: 'XX', limit: 0, windowMs: 5000 });
    expect(await limits.charge([closed])).toEqual({ outcome: 'refused', scope: 'country', retryAfterMs: 5000 });
    expect(await keys()).toEqual([]);
  });

  it('charge nothing when one refuses: a noisy address does not use up its tenant', async () => {
    const tenant = charge({ limit: 10 });
    const address = charge({ scope: 'ip_prefix', key: '203.0.113.0/24', limit: 2 });
    const results = await Promise.all(Array.from({ length: 10 }, () => limits.charge([tenant, address])));
    expect(results.filter(({ outcome }) => outcome === 'allowed')).toHaveLength(2);
    const others = await Promise.all(Array.from({ length: 10 }, () => limits.charge([tenant])));
    expect(others.filter(({ outcome }) => outcome === 'allowed')).toHaveLength(8);
  });

  it('name the limit that frees up last', async () => {
    const quick = charge({ limit: 1, windowMs: 10_000 });
    const slow = charge({ scope: 'number_prefix', key: '+49170123', limit: 1, windowMs: MINUTE_MS });
    await limits.charge([quick, slow]);
    const refused = await limits.charge([quick, slow]);
    expect(refused).toMatchObject({ outcome: 'refused', scope: 'number_prefix' });
    expect(refused.outcome === 'refused' && refused.retryAfterMs).toBeGreaterThan(10_000);
  });

  it('give back what is refunded, and never more', async () => {
    const one = charge({ limit: 2 });
    await limits.charge([one]);
    await limits.refund([one]);
    await limits.refund([one]);
    const results = await Promise.all(Array.from({ length: 5 }, () => limits.charge([one])));
    expect(results.filter(({ outcome }) => outcome === 'allowed')).toHaveLength(2);
  });

  it('keep windows of one scope apart', async () => {
    const perMinute = charge({ limit: 2, windowMs: MINUTE_MS });
    const perHour = charge({ limit: 3 });
    expect(await limits.charge([perMinute, perHour])).toEqual({ outcome: 'allowed' });
    expect(await keys()).toHaveLength(2);
  });

  it('hold no clear number and no clear address in their keys', async () => {
    await limits.charge([
      charge({ scope: 'number_prefix', key: '+49170123' }),
      charge({ scope: 'ip_prefix', key: '203.0.113.0/24' }),
    ]);
    const found = (await keys()).sort();
    expect(found).toEqual([
      `{${namespace}w:ip_prefix:${hash('203.0.113.0/24')}}:3600000`,
      `{${namespace}w:number_prefix:${hash('+49170123')}}:3600000`,
    ]);
  });

  it('are a fault that may be retried when Redis is away', async () => {
    const away = new Redis({ port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    away.on('error', () => undefined);
    const unreachable = createWideLimits(away, { namespace, hash });
    await expect(unreachable.charge([charge()])).rejects.toMatchObject({ code: 'OTP_STATE_UNAVAILABLE', retry: true });
    away.disconnect();
  });
});
