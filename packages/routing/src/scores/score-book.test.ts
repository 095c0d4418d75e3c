import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../cell.ts';
import { NO_COUNTS, addCounts, type Bucket } from '../quality/bucket.ts';
import { DELAY_BIN_ENDS_MS } from '../quality/conversion-delay.ts';
import { BUCKET_MS, foldBuckets } from '../quality/fold-buckets.ts';
import { createScoreBook } from './score-book.ts';
import { scoreCells } from './score-cells.ts';
import { deserialiseScores, serialiseScores, viewRoute, type ScoreTable } from './score-table.ts';

const START_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;
const cellOf = (provider: string, operator = 'x'): Cell => ({ provider, channel: 'sms', country: 'DE', operator });
const scoreOf = (table: ScoreTable, provider: string, operator = 'x') =>
  viewRoute(table, 'sms', 'DE', operator).scoreOf(provider)!;

/** What one attempt adds to its bucket; a negative bin: no conversion. */
function part(startMs: number, submitted: number, bin = -1): Bucket {
  const converted = DELAY_BIN_ENDS_MS.map((_, each) => (each === bin ? 1 : 0));
  return { startMs, widthMs: BUCKET_MS, ...addCounts(NO_COUNTS, { submitted, converted }) };
}

/** Sends every ten seconds from `fromMs` on, of which the given share converts, in the delay's usual bin. */
function steady(fromMs: number, minutes: number, share: number): Bucket[] {
  return Array.from({ length: minutes * 6 }, (_, n) => {
    const converts = Math.floor((n + 1) * share) > Math.floor(n * share);
    return part(fromMs + n * BUCKET_MS, 1, converts ? 6 : -1);
  });
}

it('expects no more conversions than sends, also where codes are typed sooner than anybody has seen', () => {
  const book = createScoreBook();
  for (let n = 0; n < 9; n++) book.add(cellOf('a'), part(START_MS, 1, 0), part(START_MS, 1, 0));
  const { mean, upper } = scoreOf(book.refresh(START_MS + BUCKET_MS), 'a');
  expect(mean).toBeGreaterThan(0.9);
  expect(mean).toBeLessThanOrEqual(1);
  expect(upper).toBeGreaterThan(mean);
});

it.each([150, 201, 5_000])('makes numbers of a cell that begins with %d sends at once', (sends) => {
  const book = createScoreBook();
  const typed = DELAY_BIN_ENDS_MS.map((_, bin) => (bin === 6 ? 0.8 * sends : 0));
  book.add(cellOf('a'), part(START_MS, 0), { ...part(START_MS, sends), converted: typed });
  book.add(cellOf('b'), part(START_MS, 0), part(START_MS, 1, 6));
  const table = book.refresh(START_MS + 10 * MINUTE_MS);
  expect(scoreOf(table, 'a').mean).toBeCloseTo(0.8, 1);
  expect(scoreOf(table, 'b').upper).toBeGreaterThan(0.5);
});

describe('score book', () => {
  const parts = fc.array(
    fc.record({
      provider: fc.constantFrom('a', 'b', 'c'),
      operator: fc.constantFrom('x', 'y'),
      slot: fc.integer({ min: 0, max: 80 }),
      submitted: fc.integer({ min: 0, max: 5 }),
      bin: fc.integer({ min: -1, max: DELAY_BIN_ENDS_MS.length - 1 }),
    }),
    { maxLength: 60 },
  );

  it('says at every moment what the pure function of all buckets says, whatever the order in which they were merged', () => {
    const orders = parts.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
    );
    // when the book is refreshed between the parts, and how much time passes: some parts come late to what is remembered
    const steps = fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(orders, steps, ([given, other], passing) => {
        const book = createScoreBook();
        const toBuckets = ({ provider, operator, slot, submitted, bin }: (typeof given)[number]) => ({
          cell: cellOf(provider, operator),
          bucket: part(START_MS + slot * BUCKET_MS, submitted, bin),
        });
        let now = START_MS;
        const perStep = Math.ceil(given.length / passing.length);
        for (const [step, passedMs] of passing.entries()) {
          const arrived = given.slice(0, (step + 1) * perStep);
          for (const { cell, bucket } of given.slice(step * perStep, (step + 1) * perStep).map(toBuckets))
            book.add(cell, bucket, bucket);
          now += passedMs;
          const plain = other.filter((each) => arrived.includes(each)).map(toBuckets);
          const expected = scoreCells(
            plain.map(({ cell, bucket }) => ({ cell, buckets: [bucket] })),
            now,
          );
          expect(serialiseScores(book.refresh(now))).toEqual(serialiseScores(expected));
        }
      }),
    );
  });

  it('takes back what turns out to be canceled or fraudulent, exactly', () => {
    const book = createScoreBook();
    for (const bucket of steady(START_MS, 20, 0.7)) book.add(cellOf('a'), bucket, bucket);
    const now = START_MS + 30 * MINUTE_MS;
    const before = serialiseScores(book.refresh(now));
    const pumped = part(START_MS, 50);
    book.add(cellOf('a'), pumped, pumped);
    expect(serialiseScores(book.refresh(now))).not.toEqual(before);
    book.add(cellOf('a'), pumped, { submitted: -50, withdrawn: 50 });
    expect(serialiseScores(book.refresh(now))).toEqual(before);
  });

  it('moves by less than a point when old buckets are folded into wider ones', () => {
    const buckets = steady(START_MS, 8 * 60, 0.7);
    const now = START_MS + 8.5 * 60 * MINUTE_MS;
    const fine = scoreCells([{ cell: cellOf('a'), buckets }], now);
    const folded = foldBuckets(buckets, now);
    expect(folded.length).toBeLessThan(buckets.length / 5);
    const coarse = scoreCells([{ cell: cellOf('a'), buckets: folded }], now);
    expect(Math.abs(scoreOf(fine, 'a').mean - scoreOf(coarse, 'a').mean)).toBeLessThan(0.01);
  });
});

describe('scores', () => {
  const now = START_MS + 60 * MINUTE_MS;
  const score = (cells: readonly (readonly [Cell, Bucket[]])[], atMs = now) =>
    scoreCells(
      cells.map(([cell, buckets]) => ({ cell, buckets })),
      atMs,
    );

  it('see a silent failure before a single time-out has matured', () => {
    const healthy = steady(START_MS, 60, 0.75);
    const silent = Array.from({ length: 12 }, (_, n) => part(now + n * BUCKET_MS, 2));
    const soon = now + 2 * MINUTE_MS;
    const table = score(
      [
        [cellOf('a'), [...healthy, ...silent]],
        [cellOf('b'), healthy],
      ],
      soon,
    );
    expect(silent[0]!.startMs + 180_000).toBeGreaterThan(soon);
    expect(scoreOf(table, 'a').mean).toBeLessThan(0.4);
    expect(scoreOf(table, 'b').mean).toBeGreaterThan(0.65);
  });

  it('do not hold against a provider what was sent a moment ago', () => {
    const healthy = steady(START_MS, 60, 0.75);
    const justNow = part(now, 50);
    const [with50, without] = [[...healthy, justNow], healthy].map(
      (buckets) => scoreOf(score([[cellOf('a'), buckets]], now + 6_000), 'a').mean,
    );
    expect(Math.abs(with50! - without!)).toBeLessThan(0.02);
  });

  it('follow the parent where a cell knows nothing, and the more its own sends the more it has', () => {
    const good = steady(START_MS, 60, 0.9);
    const few = steady(START_MS + 50 * MINUTE_MS, 1, 0);
    const table = score([
      [cellOf('a', 'x'), good],
      [cellOf('a', 'y'), few],
    ]);
    const parent = scoreOf(table, 'a', 'never-used').mean;
    expect(parent).toBeGreaterThan(0.8);
    expect(scoreOf(table, 'a', 'y').mean).toBeLessThan(parent - 0.1);
    expect(scoreOf(table, 'a', 'y').mean).toBeGreaterThan(0.5);
  });

  it('take two collapsed operators for a sign that the provider fails with all', () => {
    const healthy = steady(START_MS, 50, 0.75);
    const broken = [...healthy, ...steady(START_MS + 50 * MINUTE_MS, 8, 0)];
    const operators = ['w', 'x', 'y'];
    const collapsed = (bad: number) => {
      const cells = operators.map((operator, at) => [cellOf('a', operator), at < bad ? broken : healthy] as const);
      return scoreOf(score(cells), 'a', 'never-used').collapse;
    };
    expect(collapsed(0)).toBeLessThan(0.05);
    expect(collapsed(1)).toBeLessThan(0.5);
    expect(collapsed(3)).toBeGreaterThan(0.9);
  });

  it('Q2: drift back to rest without news: a collapse is believed to end, and the cell goes back to its parent', () => {
    const healthy = steady(START_MS, 50, 0.75);
    const broken = [...healthy, ...steady(START_MS + 50 * MINUTE_MS, 8, 0)];
    const cells = [
      [cellOf('a', 'x'), broken],
      [cellOf('a', 'y'), healthy],
    ] as const;
    const at = (hours: number) => scoreOf(score(cells, now + hours * 60 * MINUTE_MS), 'a', 'x');
    expect(at(0).collapse).toBeGreaterThan(0.9);
    expect(at(2).collapse).toBeLessThan(0.1);
    const far = score(cells, now + 100 * 60 * MINUTE_MS);
    expect(scoreOf(far, 'a', 'x').mean).toBeCloseTo(scoreOf(far, 'a', 'never-used').mean, 2);
  });

  it('Q2: when all providers are slow nothing changes: their order stays', () => {
    const [better, worse] = [steady(START_MS, 50, 0.8), steady(START_MS, 50, 0.6)];
    const outage = steady(START_MS + 50 * MINUTE_MS, 8, 0);
    const table = score([
      [cellOf('a'), [...better, ...outage]],
      [cellOf('b'), [...worse, ...outage]],
    ]);
    expect(scoreOf(table, 'a').upper).toBeGreaterThan(scoreOf(table, 'b').upper);
  });

  it('call a provider a newcomer only where others were there a day before', () => {
    const day = 24 * 60 * MINUTE_MS;
    const old = steady(START_MS, 60, 0.7);
    const table = score(
      [
        [cellOf('a'), old],
        [cellOf('b'), steady(START_MS + day, 2, 0.7)],
      ],
      START_MS + day + 10 * MINUTE_MS,
    );
    expect(['a', 'b', 'never-used'].map((each) => viewRoute(table, 'sms', 'DE', 'x').isNewcomer(each))).toEqual([
      false,
      true,
      true,
    ]);
    const together = score([
      [cellOf('a'), old],
      [cellOf('b'), steady(START_MS, 2, 0.7)],
    ]);
    expect(viewRoute(together, 'sms', 'DE', 'x').isNewcomer('b')).toBe(false);
  });

  it('survive being shared as JSON', () => {
    const table = score([[cellOf('a'), steady(START_MS, 60, 0.7)]]);
    expect(deserialiseScores(JSON.parse(JSON.stringify(serialiseScores(table))))).toEqual(table);
  });
});
