import { waitFor } from '@watchword/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { count, createFixture, times, type Fixture } from '../fixture.ts';

const fixture = await createFixture({ lifeLeftMinMs: 100 });
const { start, deliver, check, store, state, move, events } = fixture;
afterAll(fixture.close);

let recipients = 0;
/** A verification of a new recipient whose code has gone out. */
async function sent(options: Parameters<Fixture['start']>[0] = {}) {
  const input = await start({ recipient: `r${recipients++}`, ...options });
  await deliver(input.id, 'p1.right');
  return input;
}

async function sendAgain(id: string, tag: string): Promise<void> {
  const { outcome } = await store.resend(id, 'shop', 'any', undefined);
  expect(outcome).toBe('asked');
  await move(id, 'deadline');
  await deliver(id, tag);
}

describe('a code is worth one approval', () => {
  test('50 concurrent right checks: exactly one is approved', async () => {
    const { id } = await sent();
    const answers = await times(50, async () => check(id, 'p1.right'));
    expect(count(answers)).toEqual({ approved: 1, final: 49 });
    const ends = (await events()).filter(({ key, type }) => key === id && type.includes('ended'));
    expect(ends).toHaveLength(1);
  });

  test('50 concurrent wrong checks: exactly the budget is judged', async () => {
    const { id } = await sent({ checksMax: 5 });
    const answers = await times(50, async () => check(id, 'p1.wrong'));
    expect(count(answers)).toEqual({ wrong: 4, failed: 1, locked: 45 });
    expect((await state(id)).checksUsed).toBe(5);
    const judged = (await events()).filter(({ key, type }) => key === id && type.includes('checked'));
    expect(judged).toHaveLength(5);
  });

  test('20 right checks racing 30 wrong ones: one approval at most, never more judged than the budget', async () => {
    for (let round = 0; round < 10; round++) {
      const { id } = await sent({ checksMax: 10 });
      const answers = await times(50, async (i) => check(id, i % 5 < 2 ? 'p1.right' : 'p1.wrong'));
      const { approved = 0, failed = 0, wrong = 0 } = count(answers);
      expect(approved + failed).toBe(1);
      expect(approved + failed + wrong).toBe((await state(id)).checksUsed);
      expect((await state(id)).checksUsed).toBeLessThanOrEqual(10);
    }
  });

  test('one right check racing fewer wrong ones than the budget still succeeds', async () => {
    for (let round = 0; round < 10; round++) {
      const { id } = await sent({ checksMax: 5 });
      const answers = await times(5, async (i) => check(id, i === round % 5 ? 'p1.right' : 'p1.wrong'));
      expect(count(answers).approved).toBe(1);
    }
  });

  test('V1: wrong, then right, then the same code is refused; an unknown id answers unknown', async () => {
    const { id } = await sent();
    expect(await check(id, 'p1.wrong')).toMatchObject({ outcome: 'wrong', remaining: 4 });
    expect(await check(id, 'p1.right')).toMatchObject({ outcome: 'approved', generation: 1, channel: 'sms' });
    expect(await check(id, 'p1.right')).toMatchObject({ outcome: 'final', status: 'approved' });
    expect(await check(`vf_1a2a${'a'.repeat(26)}`, 'p1.right')).toMatchObject({ outcome: 'unknown' });
  });

  test('V2: after the last wrong code the right one is refused, and the lock tells how long it lasts', async () => {
    const { id } = await sent({ checksMax: 2, lifeMs: 60_000 });
    await check(id, 'p1.wrong');
    expect(await check(id, 'p1.wrong')).toMatchObject({ outcome: 'failed' });
    const locked = await check(id, 'p1.right');
    expect(locked).toMatchObject({ outcome: 'locked' });
    const { retryAfterMs } = locked as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test('V7: another tenant’s check is unknown and consumes nothing', async () => {
    const { id } = await sent();
    expect(await check(id, 'p1.right', { tenant: 'bank' })).toMatchObject({ outcome: 'unknown' });
    expect((await state(id)).checksUsed).toBe(0);
  });

  test('a code under a former pepper is right too', async () => {
    const { id } = await sent();
    expect(await check(id, '', { tags: ['p2.right', 'p1.right'] })).toMatchObject({ outcome: 'approved' });
  });

  test('before any code has gone out nothing is right, and the try counts', async () => {
    const { id } = await start({ recipient: 'early' });
    expect(await check(id, 'p1.right', { tags: ['', 'p1.right'] })).toMatchObject({ outcome: 'wrong', remaining: 4 });
  });
});

describe('V4: a code ends with its life', () => {
  test('an expired one is final, its first check ends it, and a resend before does not prolong it', async () => {
    const { id } = await sent({ lifeMs: 300 });
    await sendAgain(id, 'p1.second');
    const { expiresAt } = await state(id);
    await waitFor(async () => (await store.read(id)).now >= expiresAt, {
      timeoutMs: 5_000,
      what: 'the end of the life',
    });
    const first = await check(id, 'p1.second');
    expect(first).toMatchObject({ outcome: 'final', status: 'expired' });
    expect((first as { entries: unknown[] }).entries).toHaveLength(1);
    expect(await check(id, 'p1.second')).toMatchObject({ outcome: 'final', status: 'expired', entries: [undefined] });
    expect((await store.expire(id)).outcome).toBe('ended');
  });

  test('a budget that was configured lower meanwhile does not touch a live one', async () => {
    const { id } = await sent({ checksMax: 3 });
    await check(id, 'p1.wrong');
    await sent({ checksMax: 1 });
    expect(await check(id, 'p1.wrong')).toMatchObject({ outcome: 'wrong', remaining: 1 });
  });

  test('wrong codes over the limit fail it, expired ones do not count', async () => {
    const { id } = await sent({ checksMax: 1 });
    expect(await check(id, 'p1.wrong')).toMatchObject({ outcome: 'failed' });
    expect((await state(id)).status).toBe('failed');
  });
});

describe('resends', () => {
  test('refill no budget', async () => {
    const { id } = await sent({ checksMax: 3 });
    await check(id, 'p1.wrong');
    await check(id, 'p1.wrong');
    await sendAgain(id, 'p1.second');
    expect(await check(id, 'p1.wrong')).toMatchObject({ outcome: 'failed' });
  });

  test('older codes stay valid, three at most', async () => {
    const { id } = await sent();
    for (const tag of ['p1.second', 'p1.third', 'p1.fourth']) await sendAgain(id, tag);
    expect(Object.values((await state(id)).tags)).toEqual(['p1.second', 'p1.third', 'p1.fourth']);
    expect(await check(id, 'p1.right')).toMatchObject({ outcome: 'wrong' });
    expect(await check(id, 'p1.second')).toMatchObject({ outcome: 'approved', generation: 2 });
  });

  test('the outcome names the attempt whose code was typed', async () => {
    const { id } = await sent();
    await sendAgain(id, 'p1.second');
    await check(id, 'p1.right');
    const ended = (await events()).filter(({ key }) => key === id).at(-1);
    expect(ended?.data).toMatchObject({
      outcome: 'approved',
      generation: 1,
      attempt_id: `${id}.1`,
      provider: 'one',
      attempts: 2,
    });
  });
});

describe('wrong checks lock the recipient', () => {
  const limits = { wrongPerHour: 10, wrongPerDay: 20 };

  test('across verifications of the same tenant and purpose, and not those of another purpose', async () => {
    const recipient = 'locked';
    for (let i = 0; i < 2; i++) {
      const { id } = await sent({ recipient, checksMax: 5 });
      await times(5, async () => check(id, 'p1.wrong', limits));
      expect((await state(id)).status).toBe('failed');
    }
    const { id } = await sent({ recipient });
    const locked = await check(id, 'p1.right', limits);
    expect(locked).toMatchObject({ outcome: 'locked' });
    expect((locked as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(3_590_000);
    expect((await state(id)).checksUsed).toBe(0);

    const other = await sent({ recipient, purpose: 'pay' });
    expect(await check(other.id, 'p1.right', limits)).toMatchObject({ outcome: 'approved' });
    const bank = await sent({ recipient, tenant: 'bank' });
    expect(await check(bank.id, 'p1.right', { ...limits, tenant: 'bank' })).toMatchObject({ outcome: 'approved' });
  });

  test('concurrently too: 30 wrong checks on three verifications in turn are 10 judged', async () => {
    const recipient = 'locked-at-once';
    let judged = 0;
    for (let i = 0; i < 3; i++) {
      const { id } = await sent({ recipient, checksMax: 10 });
      const { wrong = 0, failed = 0 } = count(await times(30, async () => check(id, 'p1.wrong', limits)));
      judged += wrong + failed;
      await store.cancel(id, 'shop');
    }
    expect(judged).toBe(10);
  });
});

describe('an approval whose answer was lost', () => {
  test('is replayed to the same idempotency key only, without a second event', async () => {
    const { id } = await sent();
    const first = await check(id, 'p1.right', { idempotency: 'key-1' });
    expect(first).toMatchObject({ outcome: 'approved', generation: 1, channel: 'sms' });
    const before = (await events()).length;
    const again = await check(id, 'p1.right', { idempotency: 'key-1' });
    expect(again).toMatchObject({
      outcome: 'approved',
      generation: 1,
      channel: 'sms',
      entries: [undefined, undefined],
    });
    expect(await check(id, 'p1.right', { idempotency: 'key-2' })).toMatchObject({ outcome: 'final' });
    expect(await check(id, 'p1.right')).toMatchObject({ outcome: 'final' });
    expect((await events()).length).toBe(before);
  });

  test('one that was approved without a key is replayed to nobody', async () => {
    const { id } = await sent();
    await check(id, 'p1.right');
    expect(await check(id, 'p1.right', { idempotency: '' })).toMatchObject({ outcome: 'final', status: 'approved' });
  });
});
