import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { percentile } from './percentile.ts';

const ENDS = [50, 100, 200, 400];
const binOf = (value: number): number => {
  const bin = ENDS.findIndex((end) => value <= end);
  return bin === -1 ? ENDS.length : bin;
};
const count = (values: readonly number[]): number[] =>
  [...ENDS, Infinity].map((_, bin) => values.filter((value) => binOf(value) === bin).length);

test('it lies in the bin of the value that has this rank', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1 }),
      fc.constantFrom(0.05, 0.5, 0.95, 1),
      (values, share) => {
        const sorted = values.toSorted((left, right) => left - right);
        const bin = binOf(sorted[Math.ceil(share * values.length) - 1]!);
        const found = percentile(count(values), ENDS, share)!;
        expect(found).toBeGreaterThan(bin === 0 ? 0 : ENDS[bin - 1]! - 1e-9);
        expect(found).toBeLessThanOrEqual((ENDS[bin] ?? ENDS.at(-1)!) + 1e-9);
      },
    ),
  );
});

test.each([
  [[10, 0, 0, 0, 0], 0.5, 25],
  [[0, 0, 4, 0, 0], 0.5, 150],
  [[5, 5, 0, 0, 0], 0.75, 75],
  [[0, 0, 0, 0, 3], 0.5, 400],
  [[-1, 2, 0, 0, 0], 1, 100],
])('of %j the share %d is at %d', (bins, share, value) => {
  expect(percentile(bins, ENDS, share)).toBe(value);
});

test('of nothing there is none', () => {
  expect(percentile([0, 0, 0, 0, 0], ENDS, 0.5)).toBeUndefined();
  expect(percentile([], ENDS, 0.5)).toBeUndefined();
});
