import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { NO_COUNTS, addCounts, countConverted, type Bucket } from './bucket.ts';
import { BUCKET_MS, bucketStart, foldBuckets } from './fold-buckets.ts';

const NOW_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const bucket = (agoMs: number, submitted: number): Bucket => ({
  startMs: bucketStart(NOW_MS - agoMs),
  widthMs: BUCKET_MS,
  ...addCounts(NO_COUNTS, { submitted, converted: [submitted], errors: { timeout: 1 } }),
});

it('folds to 60 s after 10 min, to 10 min after 6 h, and keeps 7 days', () => {
  const widths = (agoMs: number) => foldBuckets([bucket(agoMs, 1)], NOW_MS).map(({ widthMs }) => widthMs / 1_000);
  expect(widths(9 * MINUTE_MS)).toEqual([10]);
  expect(widths(11 * MINUTE_MS + BUCKET_MS)).toEqual([60]);
  expect(widths(7 * HOUR_MS)).toEqual([600]);
  expect(widths(6.9 * 24 * HOUR_MS)).toEqual([600]);
  expect(widths(7.1 * 24 * HOUR_MS)).toEqual([]);
});

it('loses and doubles nothing, in any order, folded once or step by step', () => {
  const buckets = fc.array(
    fc.record({ agoMs: fc.integer({ min: 0, max: 8 * HOUR_MS }), submitted: fc.integer({ min: 0, max: 9 }) }),
  );
  fc.assert(
    fc.property(buckets, fc.integer({ min: 0, max: 12 * HOUR_MS }), (given, laterMs) => {
      const all = given.map(({ agoMs, submitted }) => bucket(agoMs, submitted));
      const folded = foldBuckets(all, NOW_MS + laterMs);
      expect(foldBuckets(foldBuckets(all.toReversed(), NOW_MS), NOW_MS + laterMs)).toEqual(folded);
      const sum = (of: readonly Bucket[], count: (each: Bucket) => number) =>
        of.reduce((total, each) => total + count(each), 0);
      for (const count of [
        (each: Bucket) => each.submitted,
        countConverted,
        (each: Bucket) => each.errors.timeout ?? 0,
      ])
        expect(sum(folded, count)).toBe(sum(all, count));
      const starts = folded.map(({ startMs }) => startMs);
      expect(starts).toEqual(starts.toSorted((left, right) => left - right));
    }),
  );
});
