import { expect, it } from 'vitest';
import { NO_COUNTS, addCounts, type BucketDelta } from './bucket.ts';
import { calibrateReceipts } from './calibrate-receipts.ts';
import { DELAY_BIN_ENDS_MS } from './conversion-delay.ts';
import { BUCKET_MS } from './fold-buckets.ts';

const START_MS = 1_790_000_000_000;
const converted = (count: number) => DELAY_BIN_ENDS_MS.map((_, bin) => (bin === 5 ? count : 0));
const cell = (provider: string, delta: BucketDelta) => ({
  cell: { provider, channel: 'sms', country: 'DE', operator: 'x' } as const,
  buckets: [{ startMs: START_MS, widthMs: BUCKET_MS, ...addCounts(NO_COUNTS, delta) }],
});
const honest = cell('honest', { submitted: 1_000, delivered: 900, converted: converted(760), deliveredConverted: 755 });
const verdictOf = (delta: BucketDelta, peers = [honest]) =>
  calibrateReceipts([cell('judged', delta), ...peers], START_MS + 600_000)[0]!.verdict;

it.each<[string, BucketDelta, string]>([
  [
    'receipts that predict',
    { submitted: 500, delivered: 400, converted: converted(320), deliveredConverted: 315 },
    'true',
  ],
  [
    'delivered for nearly everything, and few can type',
    { submitted: 500, delivered: 495, converted: converted(100), deliveredConverted: 99 },
    'faking',
  ],
  [
    'delivered or not by chance',
    { submitted: 500, delivered: 250, converted: converted(350), deliveredConverted: 175 },
    'faking',
  ],
  [
    'an outage that is told truly',
    { submitted: 500, delivered: 150, converted: converted(118), deliveredConverted: 116 },
    'true',
  ],
  ['too few', { submitted: 60, delivered: 60 }, 'unknown'],
  ['none', { submitted: 500, converted: converted(300) }, 'unknown'],
])('%s', (_, delta, expected) => {
  expect(verdictOf(delta)).toBe(expected);
});

it('without peers, receipts that predict nothing are still exposed', () => {
  const byChance = { submitted: 500, delivered: 250, converted: converted(350), deliveredConverted: 175 };
  expect(verdictOf(byChance, [])).toBe('faking');
});

it('gives the share that each receipt is worth, and leaves out what is still pending', () => {
  const [found] = calibrateReceipts([honest], START_MS + 600_000);
  expect(found!.converts).toBeCloseTo(755 / 900, 9);
  expect(found!.convertsOtherwise).toBeCloseTo(0.05, 9);
  expect(calibrateReceipts([honest], START_MS + 60_000)[0]!.delivered).toBe(0);
});
