import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROUTE_RULES } from '../choice/router.ts';
import { PACKED_MAX_BYTES, packDecision, unpackDecision } from './pack-decision.ts';
import type { StoredCandidate, StoredDecision } from './stored-decision.ts';

const REASONS = ['tried', 'breaker', 'in_flight_full', 'country', 'moon'];
const share = fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const thousandth = (value: number | undefined) => (value === undefined ? undefined : value / 1_000);
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/);
const prices = optional(fc.integer({ min: 0, max: 9_999 }).map((price) => price / 10_000));
const facts = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const eligible = fc
  .record({ provider: name, score: share, mean: share, n: optional(fc.nat(1_000)), price: prices })
  .map(({ provider, score, mean, n, price }) => ({
    provider,
    eligible: true,
    ...facts({ score: thousandth(score), mean: thousandth(mean), n, price }),
  }));
const excluded = fc
  .record({ provider: name, reason: fc.constantFrom(...REASONS), price: prices })
  .map(({ provider, reason, price }) => ({ provider, eligible: false, reason, ...facts({ price }) }));
/** At least one candidate, who is the chosen one. */
const decided = fc
  .record({
    first: eligible,
    others: fc.array(fc.oneof(eligible, excluded), { maxLength: 12 }),
    rule: fc.constantFrom<string>(...ROUTE_RULES, 'static_priority'),
    propensity: optional(fc.integer({ min: 1, max: 10_000 }).map((share) => share / 10_000)),
    place: fc.nat(12),
  })
  .map(({ first, others, rule, propensity, place }) => {
    const rest = [...new Map(others.map((other) => [other.provider, other])).values()].filter(
      ({ provider }) => provider !== first.provider,
    );
    const candidates: StoredCandidate[] = rest.toSpliced(place % (rest.length + 1), 0, first);
    return { chosen: first.provider, decision: { rule, candidates, ...facts({ propensity }) } };
  });

/** What is kept of a candidate that fits. */
function cut(candidate: StoredCandidate, chosen: string): object {
  const { provider, score, price, reason } = candidate;
  if (!candidate.eligible) return { provider, eligible: false, reason };
  return provider === chosen ? candidate : { provider, eligible: true, ...facts({ score, price }) };
}

describe('a packed decision', () => {
  it('is never longer than its bound, and says what it says of the first ones that fit and how many did not', () => {
    fc.assert(
      fc.property(decided, ({ chosen, decision }) => {
        const packed = packDecision(decision, chosen);
        expect(packed).toMatch(/^[\x20-\x7e]*$/);
        expect(packed.length).toBeLessThanOrEqual(PACKED_MAX_BYTES);
        const { decision: kept, leftOut } = unpackDecision(packed, chosen)!;
        const names = kept.candidates.map(({ provider }) => provider);
        expect(names).toContain(chosen);
        const fitting = decision.candidates.filter(({ provider }) => names.includes(provider));
        expect(kept).toEqual({ ...decision, candidates: fitting.map((candidate) => cut(candidate, chosen)) });
        const missing = decision.candidates.filter(({ provider }) => !names.includes(provider));
        expect(leftOut).toEqual({
          eligible: missing.filter((candidate) => candidate.eligible).length,
          excluded: missing.filter((candidate) => !candidate.eligible).length,
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('is packed again as it was', () => {
    fc.assert(
      fc.property(decided, ({ chosen, decision }) => {
        const kept = unpackDecision(packDecision(decision, chosen), chosen)!;
        expect(unpackDecision(packDecision(kept.decision, chosen), chosen)!.decision).toEqual(kept.decision);
      }),
    );
  });

  it('of five providers fits whole, and of ten keeps what says most', () => {
    const names = ['north', 'south', 'west', 'ring', 'bell', 'atlas', 'comet', 'delta', 'echo', 'fox'];
    const candidates = names.map((provider, at): StoredCandidate =>
      at === 3 || at > 7
        ? { provider, eligible: false, reason: at === 3 ? 'breaker' : 'country' }
        : { provider, eligible: true, score: 0.91 - at / 100, mean: 0.9 - at / 100, n: 200, price: 0.012 },
    );
    const decision = { rule: 'best_score', candidates, propensity: 0.9967 };
    expect(packDecision({ ...decision, candidates: candidates.slice(0, 5) }, 'north')).toBe(
      'b9967|*,910,900,200,.012|south,900,.012|west,890,.012|ring!b|bell,870,.012',
    );
    expect(packDecision(decision, 'north')).toBe(
      'b9967|*,910,900,200,.012|south,900,.012|west,890,.012|ring!b|bell,870,.012|atlas,860,.012|comet,850,.012|echo!c|+1,1',
    );
  });

  it('takes no name that would break it, and words of any event', () => {
    const decision: StoredDecision = {
      rule: 'new|rule,é and much too long to be kept as a whole',
      candidates: [
        { provider: 'a|b', eligible: true },
        { provider: 'c', eligible: false, reason: 'x!y' },
        { provider: 'd', eligible: false },
      ],
    };
    const packed = packDecision(decision, 'none');
    expect(unpackDecision(packed, 'none')).toEqual({
      decision: {
        rule: 'new_rule___and_much_too_',
        candidates: [
          { provider: 'c', eligible: false, reason: 'x_y' },
          { provider: 'd', eligible: false },
        ],
      },
      leftOut: { eligible: 1, excluded: 0 },
    });
  });

  it.each(['', '|north', 'B', '=b', 'b1x'])('is not found in %j', (text) => {
    expect(unpackDecision(text, 'north')).toBeUndefined();
  });

  it('of a later version is read as far as that goes', () => {
    expect(unpackDecision('z12|south!y', 'north')).toMatchObject({
      decision: { rule: 'z', candidates: [{ reason: 'y' }], propensity: 0.0012 },
    });
  });
});
