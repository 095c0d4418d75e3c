import { NO_COUNTS, addCounts, bucketStart, foldBuckets, type Bucket } from '@watchword/routing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowsOf } from './rows-of.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW_MS = 1_790_000_000_000;
const bucket = (startMs: number, submitted: number, widthMs = 10_000): Bucket => ({
  startMs,
  widthMs,
  ...addCounts(NO_COUNTS, { submitted }),
});
const tell = (buckets: readonly Bucket[], fromMs: number, toMs: number, stepMs: number) =>
  rowsOf(buckets, { fromMs, toMs, stepMs }).map(({ startMs, widthMs, counts }) => [startMs, widthMs, counts.submitted]);

test('however old and how often put together, rows lie apart, in order, and have every send once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ agoS: fc.integer({ min: 0, max: 9 * 3_600 }), submitted: fc.integer({ min: 1, max: 9 }) })),
      // what is counted after the others were put together
      fc.array(fc.record({ agoS: fc.integer({ min: 0, max: 9 * 3_600 }), submitted: fc.integer({ min: 1, max: 9 }) })),
      fc.constantFrom(MINUTE_MS, HOUR_MS, 24 * HOUR_MS),
      (early, late, stepMs) => {
        const [stored, fresh] = [early, late].map((sends) =>
          sends.map(({ agoS, submitted }) => bucket(bucketStart(NOW_MS - agoS * 1_000), submitted)),
        ) as [Bucket[], Bucket[]];
        const rows = rowsOf([...fresh, ...foldBuckets(stored, NOW_MS)], { fromMs: 0, toMs: NOW_MS + 1, stepMs });
        const sent = [...early, ...late].reduce((sum, { submitted }) => sum + submitted, 0);
        expect(rows.reduce((sum, { counts }) => sum + counts.submitted, 0)).toBe(sent);
        for (const [at, { startMs, widthMs }] of rows.entries()) {
          expect(startMs % widthMs).toBe(0);
          expect(startMs + widthMs).toBeLessThanOrEqual(rows[at + 1]?.startMs ?? Infinity);
        }
      },
    ),
  );
});

test('a step has what begins in it, and no more than was asked for', () => {
  const start = bucketStart(NOW_MS, HOUR_MS);
  const buckets = [
    bucket(start - 10_000, 1),
    bucket(start, 2),
    bucket(start + 50_000, 3),
    bucket(start + MINUTE_MS, 4),
  ];
  expect(tell(buckets, start, start + MINUTE_MS, MINUTE_MS)).toEqual([[start, MINUTE_MS, 5]]);
});

test('where minutes are no longer kept apart, ten of them are one row, with what came late to one of them', () => {
  const start = bucketStart(NOW_MS - 7 * HOUR_MS, 10 * MINUTE_MS);
  const buckets = [bucket(start, 40, 10 * MINUTE_MS), bucket(start + 130_000, 2)];
  const minute = start + 3 * MINUTE_MS;
  expect(tell(buckets, minute, minute + MINUTE_MS, MINUTE_MS)).toEqual([[start, 10 * MINUTE_MS, 42]]);
});
