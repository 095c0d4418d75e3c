import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeBackoff } from './back-off.ts';

describe('computeBackoff', () => {
  it('doubles its ceiling up to the maximum', () => {
    const almostOne = () => 1 - Number.EPSILON;
    const delays = [1, 2, 3, 4, 5, 2000].map((attempt) =>
      computeBackoff({ attempt, baseMs: 500, maxMs: 3000, random: almostOne }),
    );
    expect(delays).toEqual([499, 999, 1999, 2999, 2999, 2999]);
  });

  it('spreads over the whole interval, whole milliseconds, never beyond', () => {
    const delay = (random: number) => computeBackoff({ attempt: 3, baseMs: 500, maxMs: 60_000, random: () => random });
    expect([0, 0.25, 0.5].map(delay)).toEqual([0, 500, 1000]);
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(1e6),
        fc.nat(1e6),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (...given) => {
          const [attempt, baseMs, maxMs, random] = given;
          const delayMs = computeBackoff({ attempt, baseMs, maxMs, random: () => random });
          expect(Number.isInteger(delayMs)).toBe(true);
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThanOrEqual(maxMs);
        },
      ),
    );
  });
});
