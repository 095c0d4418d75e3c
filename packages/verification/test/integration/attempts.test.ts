import { parseEvent } from '@watchword/contracts';
import { afterAll, describe, expect, test } from 'vitest';
import { ATTEMPTS_MAX, DURATIONS } from '../../src/index.ts';
import {
  SMS,
  SMS_THEN_VOICE,
  VOICE,
  admissionOf,
  count,
  createFixture,
  dueWith,
  times,
  type Fixture,
} from '../fixture.ts';

const fixture = await createFixture();
const { store, start, claim, deliver, move, state, check, jobs } = fixture;
const quick = await createFixture({ admittedMs: 40, queueLeaseMs: 40, submitLeaseMs: 60 });
afterAll(() => {
  fixture.close();
  quick.close();
});

const accepted = { state: 'accepted' } as const;
const throttled = { state: 'rejected', error: 'throttled' } as const;
const timedOut = { state: 'unknown', error: 'timeout' } as const;

let recipients = 0;
const someone = (): string => `s${recipients++}`;

async function attemptEvents(id: string) {
  return attemptEventsOf(fixture, id);
}

async function attemptEventsOf({ events }: Fixture, id: string) {
  return (await events()).filter(({ key, type }) => key === id && type.includes('attempted')).map(({ data }) => data);
}

describe('a claim', () => {
  test('by 20 workers at once is one', async () => {
    const { id } = await start({ recipient: someone() });
    const claims = await times(20, async (i) => store.claim(id, { send: 1, tag: `p1.${i}`, cell: 'one|sms|DE|' }));
    expect(count(claims)).toEqual({ claimed: 1, busy: 19 });
    expect((await state(id)).attempts).toHaveLength(1);
  });

  test('of a send that was overtaken, closed or not yet begun is stale', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await store.next(id, 'shop');
    await move(id, 'deadline');
    expect((await store.claim(id, { send: 1, tag: 'p1.old', cell: 'one|sms|DE|' })).outcome).toBe('stale');
    await deliver(id, 'p1.right');
    expect((await store.claim(id, { send: 2, tag: 'p1.more', cell: 'one|sms|DE|' })).outcome).toBe('stale');
  });

  test('keeps why its provider was chosen, however long, in a hash that stays small, and beyond the end', async () => {
    const { id } = await start({ recipient: someone() });
    const longest = `b${'|north,905,.0125'.repeat(20)}`.slice(0, 120);
    await (await claim(id, 'p1.0', 'one', 'b|*')).settle(throttled, true);
    const second = await claim(id, 'p1.1', 'one', longest);
    const decisions = async () => (await state(id)).attempts.map(({ decision }) => decision);
    expect(await decisions()).toEqual(['b|*', longest]);
    expect(await fixture.redis.object('ENCODING', store.keys.record(id))).toMatch(/^(listpack|ziplist)$/);
    await store.cancel(id, 'shop');
    await second.settle(accepted);
    expect(await decisions()).toEqual(['b|*', longest]);
  });

  test('uses a generation again only after a definite rejection', async () => {
    const { id } = await start({ recipient: someone() });
    const generations: number[] = [];
    for (const result of [throttled, throttled, timedOut, accepted]) {
      const attempt = await claim(id, `p1.${generations.length}`);
      await attempt.settle(result, true);
      generations.push(attempt.generation);
    }
    expect(generations).toEqual([1, 1, 1, 2]);
    expect((await state(id)).tags).toEqual({ 1: 'p1.2', 2: 'p1.3' });
  });

  test('strikes the command off, so that a repeated request queues nothing more', async () => {
    const { id } = await start({ recipient: someone() });
    const queued = jobs.length;
    await move(id, 'request');
    expect(jobs.slice(queued)).toEqual([`${id}-1-1`]);
    await claim(id, 'p1.right');
    await move(id, 'request');
    expect(jobs.length).toBe(queued + 1);
    expect((await state(id)).command).toBe('');
  });

  test('past the bound of attempts closes the send, so that the plan does not wait for it', async () => {
    const { id } = await start({ recipient: someone() });
    for (let i = 0; i < ATTEMPTS_MAX; i++) await (await claim(id, 'p1.any')).settle(throttled, true);
    expect((await store.claim(id, { send: 1, tag: 'p1.x', cell: 'one|sms|DE|' })).outcome).toBe('exhausted');
    expect((await state(id)).sendState).toBe('failed');
    expect(await move(id, 'deadline')).toBe('failed');
    expect((await state(id)).status).toBe('undeliverable');
  });
});

describe('a settle', () => {
  test('after the end still publishes its attempt, and changes nothing else', async () => {
    const { id } = await start({ recipient: someone() });
    const attempt = await claim(id, 'p1.right');
    expect((await check(id, 'p1.right')).outcome).toBe('approved');
    expect((await attempt.settle(accepted)).outcome).toBe('ended');
    expect(await attemptEvents(id)).toEqual([expect.objectContaining({ attempt_id: `${id}.1`, state: 'accepted' })]);
    const tombstone = await state(id);
    expect(tombstone).toMatchObject({ status: 'approved', tags: {}, request: undefined, sendState: 'none' });
    expect(tombstone.attempts[0]).toMatchObject({ state: 'accepted' });
    expect(await fixture.due(id)).toEqual([]);
  });

  test('that is repeated publishes nothing a second time', async () => {
    const { id } = await start({ recipient: someone() });
    const attempt = await claim(id, 'p1.right');
    await attempt.settle(accepted);
    const again = await attempt.settle(accepted);
    expect(again).toMatchObject({ outcome: 'repeated', entries: [undefined] });
    expect(await attemptEvents(id)).toHaveLength(1);
  });

  test('that backs off lets the lease wait for the queue', async () => {
    const { id } = await start({ recipient: someone() });
    const attempt = await claim(id, 'p1.right');
    const { now } = await attempt.settle(throttled, false, 7_000);
    const { lease, sendState } = await state(id);
    expect([sendState, lease]).toEqual(['open', now + 7_000 + DURATIONS.queueLeaseMs]);
  });

  test('calls when the deadline of the step passed while the send was open', async () => {
    const { id } = await start({
      recipient: someone(),
      workflow: [{ ...SMS, timeout_ms: 30 }, VOICE],
    });
    const attempt = await claim(id, 'p1.right');
    await dueWith(fixture, id, 'step');
    expect(await move(id, 'deadline')).toBe('none');
    expect(await fixture.due(id), 'a deadline that can move nothing does not call for ever').toEqual([]);
    await attempt.settle(accepted);
    expect(await fixture.due(id)).toEqual(['step']);
    expect(await move(id, 'deadline')).toBe('advanced');
    expect(await state(id)).toMatchObject({ step: 1, channel: 'voice' });
  });

  test('without an attempt: a send that no provider takes moves the plan at once', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    expect((await store.giveUp(id, 1)).outcome).toBe('closed');
    expect((await store.giveUp(id, 1)).outcome).toBe('stale');
    expect(await fixture.due(id)).toEqual(['step']);
    await move(id, 'deadline');
    expect(await state(id)).toMatchObject({ step: 1, send: 2, sendState: 'open' });
  });

  test('nobody can take what may have gone out back: such a send is closed as unknown', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await (await claim(id, 'p1.maybe')).settle(timedOut, true);
    await store.giveUp(id, 1);
    expect(await state(id)).toMatchObject({ sendState: 'unknown' });
    expect(await move(id, 'deadline')).toBe('none');
  });
});

describe('a worker that vanishes', () => {
  test('before its claim: the lease queues the same job id again', async () => {
    const { id } = await quick.start({ recipient: someone() });
    await dueWith(quick, id, 'lease');
    expect(await quick.move(id, 'deadline')).toBe('advanced');
    expect(quick.jobs.filter((job) => job.startsWith(id))).toEqual([`${id}-1-1`, `${id}-1-1`]);
    expect(await quick.due(id)).toEqual([]);
  });

  test('between claim and settle: its attempt is taken over as unknown, and the next job has the next id', async () => {
    const { id } = await quick.start({ recipient: someone() });
    await quick.claim(id, 'p1.lost');
    await dueWith(quick, id, 'lease');
    await quick.move(id, 'deadline');
    expect((await quick.state(id)).attempts[0]).toMatchObject({ state: 'unknown', takenOver: true });
    expect(quick.jobs.filter((job) => job.startsWith(id))).toEqual([`${id}-1-1`, `${id}-1-2`]);
    const { generation } = await quick.deliver(id, 'p1.second');
    expect(generation).toBe(2);
    expect(await quick.check(id, 'p1.lost')).toMatchObject({ outcome: 'approved', generation: 1 });
  });

  test('twice in one step: the deadline of the step decides', async () => {
    const { id } = await quick.start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    for (const tag of ['p1.a', 'p1.b']) {
      await quick.claim(id, tag);
      await dueWith(quick, id, 'lease');
      await quick.move(id, 'deadline');
    }
    expect(await quick.state(id)).toMatchObject({ sendState: 'unknown', step: 0 });
    expect(quick.jobs.filter((job) => job.startsWith(id))).toHaveLength(2);
  });

  test('but was only slow: its settle revises the attempt, once, and publishes that', async () => {
    const { id } = await quick.start({ recipient: someone() });
    const slow = await quick.claim(id, 'p1.slow');
    await dueWith(quick, id, 'lease');
    await quick.move(id, 'deadline');
    expect((await slow.settle(timedOut)).outcome).toBe('revised');
    expect((await slow.settle(accepted)).outcome).toBe('repeated');
    expect((await quick.state(id)).attempts[0]).toMatchObject({ state: 'unknown', takenOver: true });
    const told = (await quick.events()).filter(({ key, type }) => key === id && type.includes('attempted'));
    expect(told.map(({ data }) => data)).toEqual([
      expect.objectContaining({ taken_over: true, revised: false }),
      expect.objectContaining({ taken_over: false, revised: true }),
    ]);
  });

  test.each<[string, (id: string) => Promise<unknown>]>([
    ['approved by its code', async (id) => quick.check(id, 'p1.typed')],
    ['canceled', async (id) => quick.store.cancel(id, 'shop')],
  ])('and whose verification is %s meanwhile: its attempt is published all the same, once', async (_, finish) => {
    const { id } = await quick.start({ recipient: someone() });
    const slow = await quick.claim(id, 'p1.typed');
    await finish(id);
    const { lease, status } = await quick.state(id);
    await quick.move(id, 'request');
    expect(await attemptEventsOf(quick, id), 'before the lease is over').toEqual([]);
    await dueWith(quick, id, 'lease');
    expect(await quick.move(id, 'deadline')).toBe('none');
    expect(await quick.due(id)).toEqual([]);
    const tombstone = await quick.state(id);
    expect(tombstone).toMatchObject({ status, lease: 0, attempts: [{ state: 'unknown', takenOver: true }] });
    expect(lease).toBeGreaterThan(0);
    expect(await attemptEventsOf(quick, id)).toEqual([
      expect.objectContaining({ attempt_id: `${id}.1`, state: 'unknown', taken_over: true }),
    ]);
    expect(await quick.redis.pttl(quick.store.keys.record(id)), 'still a tombstone').toBeGreaterThan(0);
    expect((await slow.settle(accepted)).outcome).toBe('revised');
    expect((await quick.store.rearm(id, undefined)).outcome).toBe('cleared');
    expect(await quick.due(id)).toEqual([]);
  });

  test('a rearm of an ended verification keeps the lease of an attempt that is still with a provider', async () => {
    const { id } = await quick.start({ recipient: someone() });
    const slow = await quick.claim(id, 'p1.slow');
    await quick.store.cancel(id, 'shop');
    expect((await quick.store.rearm(id, undefined)).outcome).toBe('cleared');
    await dueWith(quick, id, 'lease');
    expect((await slow.settle(accepted)).outcome).toBe('ended');
    expect(await quick.due(id)).toEqual([]);
  });

  test('a dispatcher that dies between plan and queue: the lease carries the command out, under the same id', async () => {
    const { id } = await quick.start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await quick.store.giveUp(id, 1);
    await quick.move(id, 'deadline', { crash: true });
    expect(await quick.state(id)).toMatchObject({ send: 2, command: '2-1' });
    await dueWith(quick, id, 'lease');
    await quick.move(id, 'deadline');
    expect(quick.jobs.filter((job) => job.startsWith(id))).toEqual([`${id}-1-1`, `${id}-2-1`]);
  });

  test('a dispatcher that dies there on the request: the repeated request carries it out at once', async () => {
    const input = admissionOf({ recipient: someone() });
    await quick.store.admit(input);
    await quick.move(input.id, 'request', { crash: true });
    await quick.move(input.id, 'request');
    expect(quick.jobs.filter((job) => job.startsWith(input.id))).toEqual([`${input.id}-1-1`]);
  });
});

describe('receipts', () => {
  test('early ones are folded, and move the plan when the attempt settles', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    const attempt = await claim(id, 'p1.sms');
    expect(await store.foldReceipt(id, 1, 'undelivered', 'unreachable')).toMatchObject({
      outcome: 'folded',
      moves: false,
    });
    expect(await fixture.due(id)).toEqual([]);
    await attempt.settle(accepted);
    expect((await state(id)).attempts[0]).toMatchObject({ state: 'accepted', receipt: 'undelivered' });
    expect(await fixture.due(id)).toEqual(['step']);
    expect(await move(id, 'deadline')).toBe('advanced');
    expect((await state(id)).step).toBe(1);
  });

  test('twice and out of order: the rank never goes down, and among equals the first one stays', async () => {
    const { id } = await start({ recipient: someone() });
    await deliver(id, 'p1.sms');
    const folds = [];
    for (const status of [
      'sent',
      'accepted',
      'sent',
      'expired',
      'undelivered',
      'sent',
      'delivered',
      'rejected',
    ] as const) {
      folds.push((await store.foldReceipt(id, 1, status, undefined)).outcome);
    }
    expect(folds).toEqual(['folded', 'kept', 'kept', 'folded', 'kept', 'kept', 'folded', 'kept']);
    expect((await state(id)).attempts[0]).toMatchObject({ receipt: 'delivered' });
  });

  test('a definite failure overrides an unknown one, and moves the plan; unknown overrides no failure', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await deliver(id, 'p1.sms');
    expect(await store.foldReceipt(id, 1, 'unknown', undefined)).toMatchObject({ outcome: 'folded', moves: false });
    expect(await store.foldReceipt(id, 1, 'sent', undefined)).toMatchObject({ outcome: 'kept' });
    expect(await store.foldReceipt(id, 1, 'undelivered', 'unreachable')).toMatchObject({
      outcome: 'folded',
      moves: true,
    });
    expect(await store.foldReceipt(id, 1, 'unknown', undefined)).toMatchObject({ outcome: 'kept' });
    expect((await state(id)).attempts[0]).toMatchObject({ receipt: 'undelivered', receiptError: 'unreachable' });
    expect(await move(id, 'receipt')).toBe('advanced');
    expect((await state(id)).step).toBe(1);
  });

  test('delivered overrides a failure that the plan has not moved on by', async () => {
    const { id } = await start({ recipient: someone(), workflow: SMS_THEN_VOICE });
    await deliver(id, 'p1.sms');
    await store.foldReceipt(id, 1, 'undelivered', 'unreachable');
    await store.foldReceipt(id, 1, 'delivered', undefined);
    expect(await move(id, 'receipt')).toBe('none');
    expect((await state(id)).step).toBe(0);
    expect((await state(id)).attempts[0]).toMatchObject({ receipt: 'delivered', receiptError: '' });
  });

  test('of an unknown attempt are unmatched; of an ended verification they are folded and move nothing', async () => {
    const { id } = await start({ recipient: someone() });
    await deliver(id, 'p1.sms');
    expect(await store.foldReceipt(id, 2, 'delivered', undefined)).toMatchObject({ outcome: 'unmatched' });
    await check(id, 'p1.sms');
    expect(await store.foldReceipt(id, 1, 'undelivered', undefined)).toMatchObject({ outcome: 'folded', moves: false });
    expect(await fixture.due(id)).toEqual([]);
  });
});

test('every event that scripts make is one of its topic', async () => {
  const own = await createFixture();
  const first = await own.start({ recipient: 'events', workflow: SMS_THEN_VOICE });
  await own.deliver(first.id, 'p1.right', throttled);
  await own.store.foldReceipt(first.id, 1, 'delivered', undefined);
  await own.move(first.id, 'deadline');
  await own.deliver(first.id, 'p1.right');
  await own.check(first.id, 'p1.wrong');
  await own.check(first.id, 'p1.right');
  const { id } = await own.start({ recipient: 'canceled' });
  await own.store.cancel(id, 'shop');
  const made = await own.events();
  expect(made.map(({ type }) => type.split('.').at(-2))).toEqual([
    'attempted',
    'attempted',
    'checked',
    'checked',
    'ended',
    'ended',
  ]);
  for (const { topic, data, key, id: eventId } of made) {
    expect(parseEvent(topic, Buffer.from(JSON.stringify(data)))).toEqual(data);
    expect(eventId.startsWith(`${key}.${data.version}.`)).toBe(true);
  }
  own.close();
});
