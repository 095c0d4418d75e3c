import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { RESTS_UNSEEN_MAX, REST_MIN_MS, createTenantLines, type WaitingSend } from './tenant-lines.ts';

const FAR = 1e9;
const UNSEEN_MS = RESTS_UNSEEN_MAX * REST_MIN_MS;
const send = (tenant: string, n: number, more: Partial<WaitingSend> = {}): WaitingSend => ({
  id: `${tenant}${n}`,
  tenant,
  since: 0,
  createdAt: 0,
  expiresAt: FAR,
  ...more,
});
const idsOf = (sends: readonly (WaitingSend | undefined)[]) => sends.map((each) => each?.id);

describe('the lines of a channel', () => {
  it('take one of each tenant in turn, each tenant’s own in the order they came', () => {
    const lines = createTenantLines(100);
    for (let n = 0; n < 5; n++) lines.add(send('a', n));
    lines.add(send('b', 0));
    lines.add(send('c', 0));
    lines.add(send('b', 1));
    const taken = Array.from({ length: 9 }, () => lines.take(1));
    expect(idsOf(taken)).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'a2', 'a3', 'a4', undefined]);
  });

  it('serve a tenant that comes late after one of each of the others, however many these have', () => {
    const lines = createTenantLines(10_000);
    for (let n = 0; n < 5_000; n++) lines.add(send('burst', n));
    for (let n = 0; n < 40; n++) lines.take(1);
    lines.add(send('late', 0));
    expect(idsOf([lines.take(1), lines.take(1)])).toContain('late0');
  });

  it('keep the place of one that asks again, and count it once', () => {
    const lines = createTenantLines(10);
    for (const n of [0, 1, 0]) expect(lines.add(send('a', n))).toBe(true);
    expect(lines.size()).toBe(2);
    expect(idsOf([lines.take(1), lines.take(1), lines.take(1)])).toEqual(['a0', 'a1', undefined]);
  });

  it('count nobody whose life is over, and nobody whom no deadline calls for any more: they have ended', () => {
    const lines = createTenantLines(10);
    lines.add(send('a', 0, { createdAt: 0, expiresAt: 100_000 }));
    lines.add(send('a', 1, { createdAt: 1_000, since: 1_000, expiresAt: 101_000 }));
    lines.add(send('b', 0, { createdAt: 0, expiresAt: 5_000 }));
    expect(lines.survey(4_000).tenants.get('a')!.waiting).toBe(2);
    expect(lines.survey(5_000).tenants.has('b')).toBe(false);
    expect([lines.see('a1', 20_000, REST_MIN_MS), lines.see('nobody', 20_000, REST_MIN_MS)]).toEqual([true, false]);
    const { oldestMs, tenants } = lines.survey(4_001 + UNSEEN_MS);
    expect([oldestMs, tenants.get('a')!.waiting]).toEqual([3_001 + UNSEEN_MS, 1]);
    expect([lines.size(), lines.take(6_000)?.id]).toEqual([3, 'a0']);
  });

  it('leave out whose life is over', () => {
    const lines = createTenantLines(10);
    lines.add(send('a', 0, { expiresAt: 50 }));
    lines.add(send('a', 1));
    expect(lines.take(50)?.id).toBe('a1');
    expect(lines.size()).toBe(0);
  });

  it('full, make room for a tenant with few by the last of the longest line; of that one they take no more', () => {
    const lines = createTenantLines(4);
    for (let n = 0; n < 4; n++) lines.add(send('a', n));
    expect(lines.add(send('a', 4))).toBe(false);
    expect(lines.add(send('b', 0))).toBe(true);
    expect(lines.has('a3')).toBe(false);
    expect(lines.add(send('b', 1))).toBe(true);
    // two each: nobody has more to give up
    expect(lines.add(send('b', 2))).toBe(false);
    expect(lines.size()).toBe(4);
  });

  it('tell by tenant how many wait and the largest part of a life that one of them has waited', () => {
    const lines = createTenantLines(10);
    lines.add(send('a', 0, { since: 100, createdAt: 100, expiresAt: 1_100 }));
    lines.add(send('a', 1, { since: 200, createdAt: 200, expiresAt: 400 }));
    lines.add(send('b', 0, { since: 300, createdAt: 0, expiresAt: 1_000 }));
    const { oldestMs, tenants } = lines.survey(250 + 100);
    expect(oldestMs).toBe(250);
    expect(tenants.get('a')).toEqual({ waiting: 2, share: 0.75, lifeMs: 200 });
    expect(tenants.get('b')).toEqual({ waiting: 1, share: 0.05, lifeMs: 1_000 });
  });
});

type Act = { act: 'add' | 'take' | 'fail'; tenant: string };

/** Whatever comes and goes: `fail` is a take whose send could not go and is given back. */
const Acts = fc.array(
  fc.record({
    act: fc.constantFrom<Act['act']>('add', 'add', 'take', 'take', 'fail'),
    tenant: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  }),
  { maxLength: 400 },
);

/** Plays it, beside a plain model of the lines. @returns what was broken, and how often a tenant was passed over at most */
function play(acts: readonly Act[], most: number): { broken: string[]; passedOverMost: number } {
  const lines = createTenantLines(most);
  const model = new Map<string, string[]>();
  const passedOver = new Map<string, number>();
  const broken: string[] = [];
  let passedOverMost = 0;
  let made = 0;
  const mustBe = (right: boolean, what: string): void => void (right || broken.push(what));
  const inModel = (): number => [...model.values()].reduce((sum, ids) => sum + ids.length, 0);

  function add(tenant: string): void {
    const coming = send(tenant, made++);
    const taken = lines.add(coming);
    model.set(tenant, [...(model.get(tenant) ?? []), ...(taken ? [coming.id] : [])]);
    mustBe(taken === lines.has(coming.id), 'who is taken in waits');
    // what made room for it waits in the state alone from now on
    for (const [owner, ids] of model) {
      const kept = ids.filter((id) => lines.has(id));
      mustBe(
        ids.slice(0, kept.length).every((id, n) => id === kept[n]),
        'only the last of a line makes room',
      );
      model.set(owner, kept);
    }
  }

  function take(fails: boolean): void {
    const next = lines.take(0);
    mustBe((next === undefined) === (inModel() === 0), 'somebody is taken as long as somebody waits');
    if (!next) return;
    const own = model.get(next.tenant)!;
    mustBe(own[0] === next.id, 'first in, first out');
    for (const [tenant, ids] of model) {
      const passed = tenant === next.tenant || ids.length === 0 ? 0 : (passedOver.get(tenant) ?? 0) + 1;
      passedOver.set(tenant, passed);
      passedOverMost = Math.max(passedOverMost, passed);
    }
    if (fails) lines.putBack(next);
    else model.set(next.tenant, own.slice(1));
  }

  for (const { act, tenant } of acts) {
    if (act === 'add') add(tenant);
    else take(act === 'fail');
    mustBe(lines.size() === inModel(), 'none is lost or doubled');
    mustBe(lines.size() <= most, 'the bound holds');
  }
  return { broken, passedOverMost };
}

test('whatever comes: nobody who waits is passed over more often than there are others, none is lost or doubled', () => {
  fc.assert(
    fc.property(Acts, fc.integer({ min: 1, max: 40 }), (acts, most) => {
      const { broken, passedOverMost } = play(acts, most);
      expect(broken).toEqual([]);
      expect(passedOverMost).toBeLessThan(5);
    }),
  );
});
