import { randomBytes } from 'node:crypto';
import { createVerificationId } from '@watchword/contracts';
import { afterAll, describe, expect, test } from 'vitest';
import { admissionOf, createFixture } from '../fixture.ts';
import { makeWhole } from '../make-whole.ts';

const BUCKET = 0x2a;
const HOUR_MS = 3_600_000;
/** The longest life, a tombstone's stay, and some minutes. */
const MOST_MS = 75 * 60_000;
const LIMITS = { deadlines: 100, events: 0 };
const fixture = await createFixture();
const { redis, store } = fixture;
afterAll(() => fixture.close());
const someone = (): string => randomBytes(6).toString('hex');
const cell = 'one|sms|DE|';

const recoveryOf = async (bucket = BUCKET) => (await store.sweep(bucket, LIMITS)).recovery;
/** As after a restart or a failover: what there is was written by another server. */
const restart = async (bucket = BUCKET) => redis.hset(store.keys.marker(bucket), 'ru', 'another');

/** Every test begins with a whole bucket. */
const beforeLoss = async (): Promise<void> => makeWhole(store, [BUCKET]);

/** Ends what is going on, up to a part of it. */
async function recover(until: 'settling' | 'ready'): Promise<void> {
  const { noticedAt } = await recoveryOf();
  let phase = await store.endRecovery(BUCKET, 'reading', noticedAt);
  if (until === 'ready') phase = await store.endRecovery(BUCKET, 'settling', noticedAt);
  expect(phase).toBe(until);
}

describe('a bucket', () => {
  test('that is empty is read from as far back as anything may live, and again once nothing is under way', async () => {
    const bucket = 0x31;
    const { now, recovery } = await store.sweep(bucket, LIMITS);
    expect(recovery).toEqual({ phase: 'reading', noticedAt: now, fromMs: now - MOST_MS });
    expect(await recoveryOf(bucket)).toEqual(recovery);
    expect(await store.endRecovery(bucket, 'reading', now)).toBe('settling');
    expect(await recoveryOf(bucket)).toMatchObject({ phase: 'settling', noticedAt: now });
    expect(await store.endRecovery(bucket, 'settling', now)).toBe('ready');
    expect(await recoveryOf(bucket)).toEqual({ phase: 'ready', noticedAt: 0, fromMs: 0 });
  });

  test('on another server than before is read from a minute before it was last seen whole', async () => {
    await beforeLoss();
    const seen = Number(await redis.hget(store.keys.marker(BUCKET), 'se'));
    await restart();
    expect(await recoveryOf()).toMatchObject({ phase: 'reading', fromMs: seen - 60_000 });
    await recover('ready');
  });

  test('is written down as whole every ten seconds', async () => {
    await beforeLoss();
    const marker = store.keys.marker(BUCKET);
    const seen = Number(await redis.hget(marker, 'se'));
    await recoveryOf();
    expect(Number(await redis.hget(marker, 'se'))).toBe(seen);
    await redis.hset(marker, 'se', seen - 10_000);
    await recoveryOf();
    expect(Number(await redis.hget(marker, 'se'))).toBeGreaterThanOrEqual(seen);
  });

  test('that was not seen for long is read from as far back as anything may live', async () => {
    await beforeLoss();
    await redis.hset(store.keys.marker(BUCKET), 'se', 1);
    await restart();
    const { now, recovery } = await store.sweep(BUCKET, LIMITS);
    expect(recovery.fromMs).toBe(now - MOST_MS);
    await recover('ready');
  });

  test.each(['reading', 'settling'] as const)(
    'that is lost again while it is %s is read again from where that began',
    async (part) => {
      await beforeLoss();
      await restart();
      const first = await recoveryOf();
      if (part === 'settling') await recover('settling');
      await redis.hset(store.keys.marker(BUCKET), 'si', first.noticedAt - 5);
      await restart();
      const again = await recoveryOf();
      expect(again.noticedAt).toBeGreaterThanOrEqual(first.noticedAt);
      const began = part === 'reading' ? first.fromMs : first.noticedAt - 5 - 60_000;
      expect(again.fromMs).toBeLessThanOrEqual(began);
      expect(await store.endRecovery(BUCKET, part, first.noticedAt - 5)).toBe('changed');
      await recover('ready');
    },
  );
});

describe('what was there before the loss', () => {
  test('is neither sent nor judged while events are read, and not sent while something may be under way', async () => {
    await beforeLoss();
    const input = await fixture.start({ recipient: someone() });
    const live = await fixture.start({ recipient: someone() });
    await fixture.deliver(live.id, 'p1.code');
    await restart();
    const claim = async () => store.claim(input.id, { send: 1, tag: 'p1.1', cell });
    const waitsFor = async () => (await store.read(input.id)).waitsFor;

    // nobody has noticed yet
    expect([(await claim()).outcome, await waitsFor()]).toEqual(['recovering', 'reading']);
    expect((await fixture.check(live.id, 'p1.code')).outcome).toBe('recovering');
    await recoveryOf();
    expect([(await claim()).outcome, await waitsFor()]).toEqual(['recovering', 'reading']);
    expect((await fixture.check(live.id, 'p1.code')).outcome).toBe('recovering');
    expect((await fixture.check(live.id, 'p1.code', { tenant: 'another' })).outcome).toBe('unknown');
    await recover('settling');
    expect([(await claim()).outcome, await waitsFor()]).toEqual(['recovering', 'settling']);
    expect((await fixture.check(live.id, 'p1.code')).outcome).toBe('approved');
    await store.endRecovery(BUCKET, 'settling', (await recoveryOf()).noticedAt);
    expect([(await claim()).outcome, await waitsFor()]).toEqual(['claimed', undefined]);
  });

  test('may have been sent in the seconds that are lost: its next claim is a possible repeat, and only that', async () => {
    await beforeLoss();
    const input = await fixture.start({ recipient: someone() });
    await restart();
    await recoveryOf();
    await recover('settling');
    await store.endRecovery(BUCKET, 'settling', (await recoveryOf()).noticedAt);
    expect(await store.claim(input.id, { send: 1, tag: 'p1.1', cell })).toMatchObject({ recovered: true });
    await store.takeOver(await fixture.state(input.id), 1);
    expect(await store.claim(input.id, { send: 1, tag: 'p1.2', cell })).toMatchObject({ recovered: false });
    const later = await fixture.start({ recipient: someone() });
    expect(await store.claim(later.id, { send: 1, tag: 'p1.1', cell })).toMatchObject({ recovered: false });
  });

  test('is called for again by the deadline that it has: a second one would call at every look', async () => {
    const input = admissionOf({ recipient: someone() });
    await store.admit(input);
    await store.callAgain(input.id);
    expect((await fixture.due(input.id)).sort()).toEqual(['admitted']);
  });

  test('whose message was under way is not judged until its attempt has come in: the code may be right', async () => {
    await beforeLoss();
    const { id } = await fixture.start({ recipient: someone() });
    await restart();
    await recoveryOf();
    await recover('settling');
    expect((await fixture.check(id, 'p1.code')).outcome).toBe('recovering');
    expect((await store.read(id)).verification).toMatchObject({ checksUsed: 0 });
    await store.endRecovery(BUCKET, 'settling', (await recoveryOf()).noticedAt);
    expect((await fixture.check(id, 'p1.code')).outcome).toBe('wrong');
  });

  test('keeps its deadlines until events are read, and those that are asked for', async () => {
    await beforeLoss();
    const { id } = await fixture.start({ recipient: someone() });
    await redis.zadd(store.keys.deadlines(BUCKET), 1, `${id}|lease`);
    await restart();
    expect(await store.callAgain(id)).toMatchObject({ outcome: 'called' });
    expect(await fixture.due(id)).toEqual([]);
    await recover('settling');
    expect((await fixture.due(id)).sort()).toEqual(['lease', 'step']);
    await store.endRecovery(BUCKET, 'settling', (await recoveryOf()).noticedAt);
  });

  test('and has ended stays so', async () => {
    await beforeLoss();
    const { id } = await fixture.start({ recipient: someone() });
    await fixture.deliver(id, 'p1.code');
    await fixture.check(id, 'p1.code');
    await restart();
    expect((await fixture.check(id, 'p1.code')).outcome).toBe('final');
    expect((await store.claim(id, { send: 1, tag: 'p1.2', cell })).outcome).toBe('ended');
    expect(await store.callAgain(id)).toMatchObject({ outcome: 'ended' });
    await recover('ready');
  });
});

test('what is started after the loss was noticed waits for nothing', async () => {
  await beforeLoss();
  await restart();
  await recoveryOf();
  const { id } = await fixture.start({ recipient: someone() });
  await fixture.deliver(id, 'p1.code');
  expect((await store.read(id)).waitsFor).toBeUndefined();
  expect((await fixture.check(id, 'p1.code')).outcome).toBe('approved');
  await recover('ready');
});

test('what is not known is not denied while events are read', async () => {
  await beforeLoss();
  await restart();
  const id = createVerificationId({ region: 'a', bucket: BUCKET });
  const answers = async () => [
    (await fixture.check(id, 'p1.code')).outcome,
    (await store.cancel(id, 'shop')).outcome,
    (await store.lookUp(BUCKET, 'k1.nobody')).outcome,
    (await store.read(id)).waitsFor,
    (await store.claim(id, { send: 1, tag: 'p1.1', cell })).outcome,
  ];
  expect(await answers()).toEqual(['recovering', 'recovering', 'recovering', 'reading', 'recovering']);
  await recover('settling');
  expect(await answers()).toEqual(['unknown', 'unknown', 'none', 'settling', 'recovering']);
  await store.endRecovery(BUCKET, 'settling', (await recoveryOf()).noticedAt);
  expect(await answers()).toEqual(['unknown', 'unknown', 'none', undefined, 'ended']);
  const { request } = admissionOf({ recipient: someone() });
  await restart();
  const input = { ...admissionOf({ recipient: someone() }), request };
  await store.admit(input);
  expect(await store.lookUp(BUCKET, request.lookup)).toEqual({ outcome: 'found', id: input.id });
  await recover('ready');
});

describe('a recovery that is asked for', () => {
  test('reads as far back as the longest one asked for, also where nothing is lost', async () => {
    await beforeLoss();
    const from = Date.now() - HOUR_MS;
    await store.askRecovery(BUCKET, from);
    await store.askRecovery(BUCKET, from + 1_000);
    expect((await store.readRecovery()).buckets.asked).toBe(1);
    expect(await recoveryOf()).toMatchObject({ phase: 'reading', fromMs: from });
    await recover('ready');
    expect((await store.readRecovery()).buckets.asked).toBe(0);
  });

  test('while another goes on begins that one anew', async () => {
    await beforeLoss();
    await restart();
    const first = await recoveryOf();
    const from = Date.now() - 3 * HOUR_MS;
    await store.askRecovery(BUCKET, from);
    expect(await recoveryOf()).toMatchObject({ phase: 'reading', fromMs: from });
    expect(first.fromMs).toBeGreaterThan(from);
    await recover('ready');
  });
});

test('progress is told by bucket and by dispatcher, and forgotten after a while', async () => {
  await beforeLoss();
  const figures = {
    state: 'reading',
    buckets: 3,
    topic: 't',
    read: 1,
    total: 2,
    records: 7,
    skipped: 0,
    startedAt: 1,
    at: 2,
  } as const;
  await store.reportRecovery('dispatcher-1', figures);
  const progress = await store.readRecovery();
  expect(progress.runs).toEqual({ 'dispatcher-1': figures });
  expect(progress.buckets.ready + progress.buckets.lost).toBe(256);
  expect(await redis.pttl(store.keys.recovery())).toBeGreaterThan(HOUR_MS / 2);
});
