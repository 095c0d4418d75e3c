import { afterAll, describe, expect, test } from 'vitest';
import type { SettleInput } from '../../src/index.ts';
import { admissionOf, createFixture } from '../fixture.ts';

const fixture = await createFixture();
const { store, move, state, jobs } = fixture;
afterAll(fixture.close);

/** What a worker brings that claimed before Redis lost the record. */
function settleOf(id: string, attempt: { k: number; generation: number; tag: string }): SettleInput {
  return {
    id,
    ...attempt,
    tenant: 'shop',
    purpose: 'login',
    cell: 'one|sms|DE|',
    state: 'accepted',
    following: { next: 'accepted' },
    step: 0,
    send: 1,
    claimedAt: 5,
    takenOver: false,
    details: {},
  };
}

describe('restoring from requests', () => {
  const soon = () => Date.now() + 60_000;

  test('creates what Redis has lost, started like any other, with its first send counted', async () => {
    const input = admissionOf({ recipient: 'lost', windows: [{ windowMs: 60_000, limit: 1 }] });
    const at = { createdAt: Date.now() - 1_000, expiresAt: soon() };
    expect((await store.restore(input.id, input.request, at, 60_000)).outcome).toBe('restored');
    expect(await state(input.id)).toMatchObject({
      status: 'admitted',
      createdAt: at.createdAt,
      expiresAt: at.expiresAt,
    });
    expect((await store.restore(input.id, input.request, at, 60_000)).outcome).toBe('exists');
    const twin = admissionOf({ recipient: 'lost', purpose: 'pay', windows: [{ windowMs: 60_000, limit: 1 }] });
    expect((await store.admit(twin)).outcome).toBe('refused');
    await move(input.id, 'request');
    expect(jobs.at(-1)).toBe(`${input.id}-1-1`);
  });

  test('skips what is over', async () => {
    const input = admissionOf({ recipient: 'over' });
    const at = { createdAt: 1, expiresAt: Date.now() - 1 };
    expect((await store.restore(input.id, input.request, at, 60_000)).outcome).toBe('expired');
    expect((await store.read(input.id)).verification).toBeUndefined();
  });

  test.each([[[0, 1]], [[1, 0]]])(
    'the lookup names the one created last, in whatever order they come (%s)',
    async (order) => {
      const recipient = `order-${order.join('')}`;
      const both = [0, 1].map((i) => ({ input: admissionOf({ recipient }), createdAt: 1_000 + i }));
      for (const i of order) {
        const { input, createdAt } = both[i]!;
        await store.restore(input.id, input.request, { createdAt, expiresAt: soon() }, 60_000);
      }
      expect(await store.findByLookup(0x2a, both[0]!.input.request.lookup)).toBe(both[1]!.input.id);
    },
  );

  test('an attempt that the record has lost is taken in by its settle, with the code', async () => {
    const input = admissionOf({ recipient: 'settled-late' });
    await store.restore(input.id, input.request, { createdAt: 1, expiresAt: soon() }, 60_000);
    const lost = settleOf(input.id, { k: 2, generation: 2, tag: 'p1.lost' });
    expect((await store.settle(lost)).outcome).toBe('absent');
    expect((await store.settle(lost)).outcome).toBe('repeated');
    const known = await state(input.id);
    expect(known).toMatchObject({ generation: 2, tags: { 2: 'p1.lost' } });
    expect(known.attempts.map(({ state: result, provider }) => [provider, result])).toEqual([
      ['', 'unknown'],
      ['one', 'accepted'],
    ]);
    await move(input.id, 'request');
    const { k, generation } = await fixture.deliver(input.id, 'p1.new');
    expect([k, generation]).toEqual([3, 3]);
    const approved = await fixture.check(input.id, 'p1.lost');
    expect(approved).toMatchObject({ outcome: 'approved', generation: 2 });
  });

  test.each([
    [{ next: 'accepted' }, 'accepted'],
    [{ next: 'unknown' }, 'unknown'],
    [{ next: 'backoff', delayMs: 1_000 }, 'open'],
  ] as const)(
    'the settle of a claim that Redis has lost says what becomes of its send (%s): what is closed is not sent again',
    async (following, sendState) => {
      const { id } = await fixture.start({ recipient: `closes-${following.next}` });
      expect(await state(id)).toMatchObject({ sendState: 'open', attempts: [] });
      await store.settle({ ...settleOf(id, { k: 1, generation: 1, tag: 'p1.lost' }), following });
      expect(await state(id)).toMatchObject({ sendState, tags: { 1: 'p1.lost' } });
      const again = await store.claim(id, { send: 1, tag: 'p1.again', cell: 'two|sms|DE|' });
      expect(again.outcome).toBe(sendState === 'open' ? 'claimed' : 'stale');
    },
  );

  test('such a settle leaves a send open whose next attempt is with a provider by now', async () => {
    const { id } = await fixture.start({ recipient: 'claimed-since' });
    await fixture.claim(id, 'p1.mine');
    await store.settle(settleOf(id, { k: 2, generation: 2, tag: 'p1.lost' }));
    expect(await state(id)).toMatchObject({ sendState: 'open' });
  });

  test('an admission that Redis has lost meanwhile was not taken back: nobody is told that it goes out', async () => {
    const input = admissionOf({ recipient: 'gone' });
    expect((await store.abandon(input.id, input.request)).outcome).toBe('gone');
  });

  test('a settle from before never writes over another attempt of the same number', async () => {
    const input = admissionOf({ recipient: 'same-number' });
    await store.restore(input.id, input.request, { createdAt: 1, expiresAt: soon() }, 60_000);
    await move(input.id, 'request');
    const mine = await fixture.claim(input.id, 'p1.mine');
    const theirs = settleOf(input.id, { k: mine.k, generation: 1, tag: 'p1.theirs' });
    const { outcome, entries } = await store.settle(theirs);
    expect([outcome, entries.length]).toEqual(['absent', 1]);
    expect((await state(input.id)).attempts[0]).toMatchObject({ state: 'submitting' });
    expect((await mine.settle({ state: 'accepted' })).outcome).toBe('settled');
    expect((await state(input.id)).tags).toEqual({ 1: 'p1.mine' });
  });
});
