import { afterAll, describe, expect, test } from 'vitest';
import { SMS, SMS_THEN_VOICE, VOICE, admissionOf, count, createFixture, dueWith, times } from '../fixture.ts';

const fixture = await createFixture();
const { store, start, claim, deliver, move, state, check, jobs } = fixture;
afterAll(fixture.close);

let recipients = 0;
const someone = (): string => `s${recipients++}`;

describe('sms, then voice', () => {
  test('silence past the deadline of the step leads to a call', async () => {
    const { id } = await start({ recipient: someone(), workflow: [{ ...SMS, timeout_ms: 500 }, VOICE] });
    await deliver(id, 'p1.sms');
    expect(await move(id, 'deadline')).toBe('none');
    await dueWith(fixture, id, 'step');
    expect(await move(id, 'deadline')).toBe('advanced');
    expect(await state(id)).toMatchObject({ step: 1, channel: 'voice', send: 2, sendState: 'open' });
    expect(jobs.at(-1)).toBe(`${id}-2-1`);
    await deliver(id, 'p1.call');
    expect(await check(id, 'p1.sms')).toMatchObject({ outcome: 'approved', channel: 'sms', generation: 1 });
  });

  test('silence leads to a call also while no worker takes the text, which then comes too late', async () => {
    const { id } = await start({ recipient: someone(), workflow: [{ ...SMS, timeout_ms: 40 }, VOICE] });
    await dueWith(fixture, id, 'step');
    expect(await move(id, 'deadline')).toBe('advanced');
    expect(await state(id)).toMatchObject({ step: 1, channel: 'voice', send: 2, sendState: 'open' });
    expect((await store.claim(id, { send: 1, tag: 'p1.x', cell: 'one|sms|DE|' })).outcome).toBe('stale');
  });

  test('an undelivered receipt leads to a call at once', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await deliver(id, 'p1.sms');
    expect(await store.foldReceipt(id, 1, 'undelivered', 'unreachable')).toMatchObject({
      outcome: 'folded',
      moves: true,
    });
    expect(await fixture.due(id)).toEqual(['step']);
    expect(await move(id, 'receipt')).toBe('advanced');
    expect(await state(id)).toMatchObject({ step: 1, channel: 'voice' });
  });

  test('an approval stops everything', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await deliver(id, 'p1.sms');
    await store.next(id, 'shop');
    await check(id, 'p1.sms');
    const queued = jobs.length;
    expect(await move(id, 'deadline')).toBe('none');
    expect(await fixture.due(id)).toEqual([]);
    expect(jobs.length).toBe(queued);
    expect((await store.claim(id, { send: 1, tag: 'p1.x', cell: 'one|sms|DE|' })).outcome).toBe('ended');
  });

  test('a call that no provider takes does not end what the SMS may still bring', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await deliver(id, 'p1.sms');
    await store.next(id, 'shop');
    await move(id, 'deadline');
    await store.giveUp(id, 2);
    expect(await move(id, 'deadline')).toBe('none');
    expect((await state(id)).status).toBe('pending');
    expect(await store.foldReceipt(id, 1, 'undelivered', undefined)).toMatchObject({ moves: true });
    expect(await move(id, 'receipt')).toBe('none');
    expect(await check(id, 'p1.sms')).toMatchObject({ outcome: 'approved' });
  });

  test('a fallback that the limits of its recipient refuse ends what nobody took, and lives on where a code may arrive', async () => {
    const none = [{ windowMs: 60_000, limit: 1 }];
    const twoRecipients = [SMS, { ...VOICE, recipient: 1 }];
    const first = await start({ recipient: someone(), workflow: twoRecipients, otherBucket: 0x77, tenant: 'crowded' });
    await store.charge({ limit_bucket: 0x77, limit_key: 'crowded-second' }, 'another', 1, none);
    await store.giveUp(first.id, 1);
    expect(await move(first.id, 'deadline', { windows: none })).toBe('failed');
    expect((await state(first.id)).status).toBe('undeliverable');

    const second = await start({ recipient: someone(), workflow: twoRecipients, otherBucket: 0x77, tenant: 'crowded' });
    await deliver(second.id, 'p1.sms');
    await store.next(second.id, 'crowded');
    expect(await move(second.id, 'deadline', { windows: none })).toBe('advanced');
    expect(await state(second.id)).toMatchObject({ status: 'pending', step: 0, send: 1, asked: '' });
    expect(await check(second.id, 'p1.sms', { tenant: 'crowded' })).toMatchObject({ outcome: 'approved' });
  });
});

describe('what is asked for', () => {
  const ONE = [{ windowMs: 60_000, limit: 1 }];

  test('the next step, by two at once: one is asked, and its recipient is charged once', async () => {
    const recipient = someone();
    const { id } = await start({ recipient, workflow: [SMS, { ...VOICE, recipient: 1 }] });
    await deliver(id, 'p1.sms');
    const answers = await times(20, async () => store.next(id, 'shop', `${recipient}-next`, ONE));
    expect(count(answers)).toEqual({ asked: 1, open: 19 });
    expect(await store.charge({ limit_bucket: 0x2a, limit_key: `${recipient}-next` }, id, 2, ONE)).toMatchObject({
      outcome: 'charged',
      fresh: false,
    });
  });

  test('the next step is refused where its recipient has had as many messages as it may', async () => {
    const recipient = someone();
    const { id } = await start({ recipient, workflow: SMS_THEN_VOICE });
    await deliver(id, 'p1.sms');
    const refused = await store.next(id, 'shop', `shop-${recipient}`, ONE);
    expect(refused).toMatchObject({ outcome: 'refused', retryAfterMs: expect.any(Number) });
    expect(await state(id)).toMatchObject({ asked: '', step: 0 });
    expect(await fixture.due(id)).toEqual([]);
  });

  test('too near the end of the life nothing is asked and nothing charged', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE, lifeMs: 14_000 });
    await deliver(id, 'p1.sms');
    expect((await store.resend(id, 'shop', 'late', ONE)).outcome).toBe('tooLate');
    expect((await store.next(id, 'shop', 'late', ONE)).outcome).toBe('tooLate');
    expect(await store.charge({ limit_bucket: 0x2a, limit_key: 'late' }, id, 9, ONE)).toMatchObject({ fresh: true });
  });

  test('a caller that saw another step or send is told to look again, and nothing is charged', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await deliver(id, 'p1.sms');
    for (const seen of [
      { step: 1, send: 1 },
      { step: 0, send: 0 },
    ]) {
      expect((await store.resend(id, 'shop', 'elsewhere', ONE, seen)).outcome).toBe('moved');
      expect((await store.next(id, 'shop', 'elsewhere', ONE, seen)).outcome).toBe('moved');
    }
    expect((await store.next(id, 'shop', 'elsewhere', ONE, { step: 0, send: 1 })).outcome).toBe('asked');
  });
});

describe('a send that failed does not count', () => {
  const ONE = [{ windowMs: 60_000, limit: 1 }];
  const rejected = { state: 'rejected', error: 'invalid_number' } as const;
  const failing: [string, (id: string) => Promise<unknown>][] = [
    ['rejected by the last provider', async (id) => deliver(id, 'p1.x', rejected)],
    ['given up, no provider having taken it', async (id) => store.giveUp(id, 1)],
  ];
  test.each(failing)('%s: the recipient may be sent to again', async (_, fail) => {
    const recipient = someone();
    const { id } = await start({ recipient, windows: ONE });
    const other = { recipient, purpose: 'other', windows: ONE };
    expect((await store.admit(admissionOf(other))).outcome).toBe('refused');
    await fail(id);
    expect((await state(id)).sendState).toBe('failed');
    expect((await store.admit(admissionOf(other))).outcome).toBe('created');
  });

  test('one that may have gone out counts', async () => {
    const recipient = someone();
    const { id } = await start({ recipient, windows: ONE });
    await (await claim(id, 'p1.maybe')).settle({ state: 'unknown', error: 'timeout' }, true);
    await deliver(id, 'p1.x', rejected);
    expect((await state(id)).sendState).toBe('unknown');
    expect((await store.admit(admissionOf({ recipient, purpose: 'other', windows: ONE }))).outcome).toBe('refused');
  });
});

describe('a resend', () => {
  test('while a send is open asks nothing', async () => {
    const { id } = await start({ recipient: someone() });
    expect((await store.resend(id, 'shop', 'any', undefined)).outcome).toBe('open');
  });

  test('20 concurrent ones: one is asked, one send follows', async () => {
    const { id } = await start({ recipient: someone() });
    await deliver(id, 'p1.right');
    const answers = await times(20, async () => store.resend(id, 'shop', 'resent', [{ windowMs: 60_000, limit: 1 }]));
    expect(count(answers)).toEqual({ asked: 1, open: 19 });
    const queued = jobs.length;
    await move(id, 'deadline');
    await move(id, 'deadline');
    expect(jobs.slice(queued)).toEqual([`${id}-2-1`]);
  });

  test('within the cool-down is told when, and past the limits too', async () => {
    const { id } = await start({ recipient: someone(), cooldownMs: 20_000 });
    await deliver(id, 'p1.right');
    const cooling = await store.resend(id, 'shop', 'any', undefined);
    expect(cooling).toMatchObject({ outcome: 'cooling' });
    expect((cooling as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(15_000);
    const hot = await start({ recipient: someone() });
    await deliver(hot.id, 'p1.right');
    await store.charge({ limit_bucket: 0x2a, limit_key: 'spent' }, 'another', 1, [{ windowMs: 60_000, limit: 1 }]);
    const refused = await store.resend(hot.id, 'shop', 'spent', [{ windowMs: 60_000, limit: 1 }]);
    expect(refused).toMatchObject({ outcome: 'refused' });
    expect((await state(hot.id)).asked).toBe('');
  });

  test('that comes between a look and its rearm is not forgotten', async () => {
    const { id } = await start({ recipient: someone() });
    await deliver(id, 'p1.right');
    const looked = await state(id);
    expect((await store.resend(id, 'shop', 'any', undefined)).outcome).toBe('asked');
    expect((await store.rearm(id, looked.version)).outcome).toBe('moved');
    expect(await fixture.due(id)).toEqual(['step']);
  });
});
