import type { AttemptEvent } from '@watchword/contracts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableOf } from '../scores/table-for-tests.ts';
import { NO_SCORES, type ScoreTable } from '../scores/score-table.ts';
import { createRouter } from './create-router.ts';
import type { RouteRequest } from './router.ts';

const request = (overrides: Partial<RouteRequest> = {}): RouteRequest => ({
  channel: 'sms',
  country: 'DE',
  operator: '262-01',
  candidates: [
    { provider: 'slow', priority: 3 },
    { provider: 'local', priority: 1, countries: ['AT', 'CH'] },
    { provider: 'main', priority: 2 },
  ],
  excluded: [],
  random: () => 0.5,
  ...overrides,
});
const trio = ['a', 'b', 'c'].map((provider, at) => ({ provider, priority: at, price: [0.09, 0.05, 0.03][at]! }));
const choose = (table: ScoreTable, overrides: Partial<RouteRequest> = {}) =>
  createRouter(() => table).choose(request({ candidates: trio, ...overrides }));

describe('a probe', () => {
  it.each([
    [{}, 'c', 'probed'],
    [{ pin: 'a' }, 'a', 'pinned'],
    [{ pin: 'c' }, 'c', 'probed'],
    [{ weights: { a: 50, b: 50 } }, 'b', 'weighted'],
    [{ weights: { a: 99, c: 1 } }, 'c', 'probed'],
    [{ weights: { gone: 100 } }, 'c', 'probed'],
  ])('of whom operators ask for by %o goes to %s, %s', (control, provider, rule) => {
    expect(choose(NO_SCORES, { control, probe: 'c' })).toMatchObject({ provider, decision: { rule } });
  });
});

describe('router without scores', () => {
  const router = createRouter(() => NO_SCORES);

  it('takes the lowest priority number that serves the country, and says what it considered', () => {
    expect(router.choose(request())).toEqual({
      outcome: 'chosen',
      provider: 'main',
      decision: {
        rule: 'best_score',
        candidates: [
          { provider: 'local', eligible: false, reason: 'country' },
          { provider: 'main', eligible: true },
          { provider: 'slow', eligible: true },
        ],
        propensity: 1,
      },
    });
    expect(router.choose(request({ country: 'CH' }))).toMatchObject({ outcome: 'chosen', provider: 'local' });
  });

  it('never takes an excluded provider, and gives the reason', () => {
    const excluded = [
      { provider: 'main', reason: 'tried' },
      { provider: 'local', reason: 'in_flight_full' },
    ] as const;
    const choice = router.choose(request({ excluded }));
    expect(choice).toMatchObject({ outcome: 'chosen', provider: 'slow', decision: { rule: 'only_eligible' } });
    expect(choice.decision.candidates.map(({ reason }) => reason)).toEqual(['in_flight_full', 'tried', undefined]);
  });

  it('says none, with all the reasons, when nobody is left', () => {
    const excluded = [
      { provider: 'main', reason: 'tried' },
      { provider: 'slow', reason: 'breaker' },
    ] as const;
    const choice = router.choose(request({ excluded }));
    expect(choice).toMatchObject({ outcome: 'none', decision: { rule: 'none_eligible' } });
    expect(choice.decision.candidates.map(({ reason }) => reason)).toEqual(['country', 'tried', 'breaker']);
    expect(router.choose(request({ candidates: [] })).outcome).toBe('none');
  });

  it('chooses the same from any order of candidates: ties go by name', () => {
    const candidate = fc.record({ provider: fc.stringMatching(/^[a-e]$/), priority: fc.integer({ min: 0, max: 2 }) });
    const candidates = fc.uniqueArray(candidate, { selector: ({ provider }) => provider, minLength: 1 });
    const shuffled = candidates.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    fc.assert(
      fc.property(shuffled, ([given, other]) => {
        expect(router.choose(request({ candidates: given }))).toEqual(router.choose(request({ candidates: other })));
      }),
    );
    const tied = ['b', 'B', 'a'].map((provider) => ({ provider, priority: 1 }));
    expect(router.choose(request({ candidates: tied }))).toMatchObject({ provider: 'B' });
  });

  it('leaves the request as it was', () => {
    const given = Object.freeze(request({ candidates: Object.freeze([...request().candidates]) }));
    expect(router.choose(given).outcome).toBe('chosen');
  });
});

describe('router with scores', () => {
  it('takes the best score and writes down what it knew, in the shape of the attempt event', () => {
    const choice = choose(tableOf({ a: 0.6, b: 0.7, c: 0.65 }));
    expect(choice).toMatchObject({ outcome: 'chosen', provider: 'b', decision: { rule: 'best_score' } });
    const decision: NonNullable<AttemptEvent['decision']> = choice.decision;
    expect(decision.candidates[0]).toEqual({
      provider: 'b',
      eligible: true,
      score: 0.7,
      mean: 0.7,
      n: 100,
      price: 0.05,
    });
    expect(decision.scored_at).toBe(1_000);
  });

  it('goes by the parents where a cell was never used', () => {
    const table = tableOf({ a: 0.6, b: 0.7 });
    expect(choose(table, { operator: '262-99' })).toMatchObject({ provider: 'b' });
    expect(choose(table, { country: 'FR' })).toMatchObject({ provider: 'b' });
  });

  it('goes back to the first once it is to be had again: a stand-in is nobody’s favourite', () => {
    const router = createRouter(() => tableOf({ a: 0.7, b: 0.695, c: 0.692 }));
    const chosen = (overrides: Partial<RouteRequest>): string | undefined => {
      const choice = router.choose(request({ candidates: trio, ...overrides }));
      return choice.outcome === 'chosen' ? choice.provider : undefined;
    };
    expect(chosen({ excluded: [{ provider: 'a', reason: 'tried' }] })).toBe('b');
    expect(chosen({})).toBe('a');
    expect(chosen({ usedBefore: ['a'] })).toBe('b');
    expect(chosen({})).toBe('a');
  });

  it('has a favourite for those who may use a provider, and another one for those who may not', () => {
    let table = tableOf({ a: 0.6, b: 0.7, c: 0.69 });
    const router = createRouter(() => table);
    const next = (excluded: RouteRequest['excluded']) => router.choose(request({ candidates: trio, excluded }));
    const without = [{ provider: 'b', reason: 'residency' }] as const;
    expect(next(without)).toMatchObject({ provider: 'c' });
    expect(next([])).toMatchObject({ provider: 'b', decision: { rule: 'best_score' } });
    table = tableOf({ a: 0.695, b: 0.7, c: 0.69 });
    expect(next(without)).toMatchObject({ provider: 'c', decision: { rule: 'kept_incumbent' } });
  });

  it('keeps the incumbent until another one leads by a point', () => {
    let table = tableOf({ a: 0.7, b: 0.69 });
    const router = createRouter(() => table);
    const next = () => router.choose(request({ candidates: trio.slice(0, 2) }));
    expect(next()).toMatchObject({ provider: 'a', decision: { rule: 'best_score' } });
    table = tableOf({ a: 0.7, b: 0.708 });
    expect(next()).toMatchObject({ provider: 'a', decision: { rule: 'kept_incumbent' } });
    table = tableOf({ a: 0.7, b: 0.711 });
    expect(next()).toMatchObject({ provider: 'b', decision: { rule: 'best_score' } });
  });

  it('takes the cheapest within the tolerance of the best, and no cheaper one beyond it', () => {
    const table = tableOf({ a: 0.7, b: 0.69, c: 0.6 });
    const within = (tolerance: number) => choose(table, { control: { tolerance } });
    expect(within(0)).toMatchObject({ provider: 'a' });
    expect(within(0.02)).toMatchObject({ provider: 'b', decision: { rule: 'cheapest_within_tolerance' } });
    expect(within(0.2)).toMatchObject({ provider: 'c' });
    expect(within(1)).toMatchObject({ provider: 'c' });
  });

  it('prefers for a resend whom nobody has used before, and takes one who was when there is no other', () => {
    const table = tableOf({ a: 0.6, b: 0.7, c: 0.65 });
    expect(choose(table, { usedBefore: ['b'] })).toMatchObject({ provider: 'c' });
    expect(choose(table, { usedBefore: ['a', 'b', 'c'] })).toMatchObject({ provider: 'b' });
  });

  it('obeys pins, weights, drains and price ceilings among those who are eligible', () => {
    const table = tableOf({ a: 0.6, b: 0.7, c: 0.65 });
    const control = { pin: 'a' };
    expect(choose(table, { control })).toMatchObject({ provider: 'a', decision: { rule: 'pinned', propensity: 1 } });
    const excluded = [{ provider: 'a', reason: 'breaker' }] as const;
    expect(choose(table, { control, excluded })).toMatchObject({ provider: 'b' });
    expect(choose(table, { control: { drained: ['b'] } })).toMatchObject({ provider: 'c' });
    expect(choose(table, { control: { priceMax: 0.04 } })).toMatchObject({
      provider: 'c',
      decision: { rule: 'only_eligible' },
    });
    const weights = { a: 1, c: 3, b: Number.NaN };
    const weighted = (number: number) => choose(table, { control: { weights }, random: () => number });
    expect(weighted(0.2)).toMatchObject({ provider: 'c', decision: { rule: 'weighted', propensity: 0.75 } });
    expect(weighted(0.9)).toMatchObject({ provider: 'a', decision: { rule: 'weighted', propensity: 0.25 } });
    expect(choose(table, { control: { weights: { x: 1 } } })).toMatchObject({ provider: 'b' });
  });

  it('explores as much as is asked for', () => {
    const table = tableOf({ a: 0.6, b: 0.7 }, { newcomers: ['c'], ageMs: 2 * 86_400_000 });
    const shares = countShares(table, { control: { explore: 0.1 } });
    expect(shares.get('c')).toBeCloseTo(0.2, 5);
    expect(shares.get('a')).toBeCloseTo(0.05, 5);
  });

  it('gives a newcomer a bounded share until enough is known of it, and everything where nobody else is there or well', () => {
    const table = tableOf({ a: 0.6, b: 0.7 }, { newcomers: ['c'], ageMs: 2 * 86_400_000 });
    const shares = countShares(table);
    expect(shares.get('c')).toBeCloseTo(0.02, 5);
    const excluded = ['a', 'b'].map((provider) => ({ provider, reason: 'breaker' as const }));
    expect(choose(table, { excluded })).toMatchObject({ provider: 'c' });
    const outage = tableOf(
      { a: 0.2, b: 0.3, c: 0.6 },
      { newcomers: ['c'], collapsed: ['a', 'b'], ageMs: 2 * 86_400_000 },
    );
    expect(choose(outage)).toMatchObject({ provider: 'c', decision: { rule: 'best_score' } });
    const unseen = tableOf({ a: 0.6, b: 0.7 }, { ageMs: 2 * 86_400_000 });
    expect(countShares(unseen).get('c')).toBeCloseTo(0.02, 5);
  });

  it('knows the exact propensity of what it chose, whoever is eligible', () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    const scores = fc.record({ a: score, b: score, c: score });
    const newcomers = fc.subarray(['a', 'b', 'c']);
    const explore = fc.constantFrom(0, 0.01, 0.1);
    fc.assert(
      fc.property(scores, newcomers, explore, (given, newcomers, explore) => {
        const table = tableOf(given, { newcomers, ageMs: 2 * 86_400_000 });
        const propensities = new Map<string, number>();
        const shares = countShares(table, { control: { explore } }, propensities);
        for (const [provider, share] of shares) expect(propensities.get(provider)).toBeCloseTo(share, 3);
        expect([...propensities.values()].reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9);
        expect(shares.size).toBe(explore > 0 ? 3 : 1);
      }),
      { numRuns: 20 },
    );
  });
});

/** The share of the random numbers with which each provider is chosen. */
function countShares(
  table: ScoreTable,
  overrides: Partial<RouteRequest> = {},
  propensities = new Map<string, number>(),
) {
  const steps = 6_000;
  const shares = new Map<string, number>();
  for (let step = 0; step < steps; step++) {
    const choice = choose(table, { ...overrides, random: () => (step + 0.5) / steps });
    if (choice.outcome === 'none') throw new Error('nobody was chosen');
    shares.set(choice.provider, (shares.get(choice.provider) ?? 0) + 1 / steps);
    propensities.set(choice.provider, choice.decision.propensity!);
  }
  return shares;
}
