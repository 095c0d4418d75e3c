import type { AttemptEvent } from '@watchword/contracts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RouteRequest } from './router.ts';
import { createStaticRouter } from './static-router.ts';

const router = createStaticRouter();
const request = (overrides: Partial<RouteRequest> = {}): RouteRequest => ({
  channel: 'sms',
  country: 'DE',
  candidates: [
    { provider: 'slow', priority: 3 },
    { provider: 'local', priority: 1, countries: ['AT', 'CH'] },
    { provider: 'main', priority: 2 },
  ],
  excluded: [],
  random: () => 0.5,
  ...overrides,
});

describe('static router', () => {
  it('takes the lowest priority number that serves the country, and says what it considered', () => {
    expect(router.choose(request())).toEqual({
      outcome: 'chosen',
      provider: 'main',
      decision: {
        rule: 'static_priority',
        candidates: [
          { provider: 'local', eligible: false, reason: 'country' },
          { provider: 'main', eligible: true },
          { provider: 'slow', eligible: true },
        ],
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
    expect(choice).toMatchObject({ outcome: 'chosen', provider: 'slow' });
    expect(choice.decision.candidates.map(({ reason }) => reason)).toEqual(['in_flight_full', 'tried', undefined]);
  });

  it('says none, with all the reasons, when nobody is left', () => {
    const excluded = [
      { provider: 'main', reason: 'tried' },
      { provider: 'slow', reason: 'breaker' },
    ] as const;
    const choice = router.choose(request({ excluded }));
    expect(choice.outcome).toBe('none');
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

  it('decides in the shape of the attempt event', () => {
    const decision: NonNullable<AttemptEvent['decision']> = router.choose(request()).decision;
    expect(decision.rule).toBe('static_priority');
  });

  it('leaves the request as it was', () => {
    const given = Object.freeze(request({ candidates: Object.freeze([...request().candidates]) }));
    expect(router.choose(given).outcome).toBe('chosen');
  });
});
