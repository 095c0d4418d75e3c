import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTenantLines, type WaitingSend } from './tenant-lines.ts';

const FAR = 1e9;
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
    lines.add(send('a', 1, { since: 200, createdAt: 200, expiresAt: 300 }));
    lines.add(send('b', 0, { since: 300, createdAt: 0, expiresAt: 1_000 }));
    const { oldestMs, tenants } = lines.survey(250 + 100);
    expect(oldestMs).toBe(250);
    expect(tenants.get('a')).toEqual({ waiting: 2, share: 1.5, lifeMs: 100 });
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

describe('whatever comes', () => {
  it('nobody who waits is passed over more often than there are other tenants; none is lost or doubled; bounds hold', () => {
    fc.assert(
      fc.property(Acts, fc.integer({ min: 1, max: 40 }), (acts, most) => {
        const lines = createTenantLines(most);
        const inLine = new Map<string, string[]>();
        const passedOver = new Map<string, number>();
        let made = 0;
        const waitingNow = () => [...inLine.values()].reduce((sum, ids) => sum + ids.length, 0);
        for (const { act, tenant } of acts) {
          if (act === 'add') {
            const coming = send(tenant, made++);
            const taken = lines.add(coming);
            inLine.set(tenant, [...(inLine.get(tenant) ?? []), ...(taken ? [coming.id] : [])]);
            // what made room for it waits in the state alone from now on
            for (const [owner, ids] of inLine)
              inLine.set(
                owner,
                ids.filter((id) => lines.has(id)),
              );
          } else {
            const next = lines.take(0);
            expect(next === undefined).toBe(waitingNow() === 0);
            if (next) {
              const ids = inLine.get(next.tenant)!;
              expect(next.id, 'first in, first out').toBe(ids[0]);
              for (const [other, theirs] of inLine) {
                const passed = other === next.tenant || theirs.length === 0 ? 0 : (passedOver.get(other) ?? 0) + 1;
                passedOver.set(other, passed);
                expect(passed).toBeLessThan(5);
              }
              if (act === 'fail') lines.putBack(next);
              else inLine.set(next.tenant, ids.slice(1));
            }
          }
          expect(lines.size()).toBe(waitingNow());
          expect(lines.size()).toBeLessThanOrEqual(most + (act === 'fail' ? 1 : 0));
        }
      }),
    );
  });
});
