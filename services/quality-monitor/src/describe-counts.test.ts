import { DELAY_BIN_ENDS_MS, LATENCY_BIN_ENDS_MS, NO_COUNTS, addCounts, type BucketDelta } from '@watchword/routing';
import { expect, test } from 'vitest';
import { describeCounts } from './describe-counts.ts';

const inBin = (ends: readonly number[], endMs: number, count: number) => ends.map((end) => (end === endMs ? count : 0));
const describe = (delta: BucketDelta) =>
  describeCounts(addCounts(NO_COUNTS, delta), { amount: '0.0712', currency: 'EUR' });

test('shares, their interval, money and times follow from the counts', () => {
  const told = describe({
    submitted: 120,
    delivered: 104,
    undelivered: 9,
    withdrawn: 1,
    converted: inBin(DELAY_BIN_ENDS_MS, 16_000, 96),
    latency: [...inBin(LATENCY_BIN_ENDS_MS, 200, 121), 0],
    errors: { throttled: 2, timeout: 0 },
  });
  expect(told).toEqual({
    submitted: 120,
    withdrawn: 1,
    converted: 96,
    delivered: 104,
    undelivered: 9,
    errors: { throttled: 2 },
    conversion: 0.8,
    conversion_low: 0.7196,
    conversion_high: 0.8618,
    receipt_rate: 0.8667,
    price: { amount: '0.0712', currency: 'EUR' },
    price_per_conversion: { amount: '0.089', currency: 'EUR' },
    call_p50_ms: 150,
    call_p95_ms: 195,
    conversion_p50_ms: 14_500,
    conversion_p95_ms: 15_850,
  });
});

test('what was only refused has errors and no shares', () => {
  const told = describe({ errors: { throttled: 3 } });
  expect(told).toMatchObject({ submitted: 0, converted: 0, errors: { throttled: 3 } });
  expect(told).not.toHaveProperty('conversion');
  expect(told).not.toHaveProperty('price_per_conversion');
  expect(told).not.toHaveProperty('call_p50_ms');
});

test('what is told before what it belongs to makes no share above 1 and no count below 0', () => {
  const early = describe({ submitted: 1, delivered: 2, converted: inBin(DELAY_BIN_ENDS_MS, 16_000, 3) });
  expect(early).toMatchObject({ converted: 3, conversion: 1, conversion_high: 1, receipt_rate: 1 });
  expect(describe({ submitted: -1, withdrawn: 1 })).toMatchObject({ submitted: 0, withdrawn: 1 });
});

test('without a price nothing is said of money', () => {
  expect(describeCounts(addCounts(NO_COUNTS, { submitted: 1 }), undefined)).not.toHaveProperty('price');
});
