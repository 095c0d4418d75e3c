import { randomUUID } from 'node:crypto';
import { createCountsStore, createFakesStore } from '@watchword/quality';
import { DELAY_BIN_ENDS_MS, parseCellKey, type BucketDelta } from '@watchword/routing';
import { connectGivenRedis } from '@watchword/testkit';
import { afterAll, expect, inject, it } from 'vitest';
import { createFakeSearch } from '../../src/find-fakes.ts';

const redis = connectGivenRedis(inject('redis'));
afterAll(async () => {
  await redis.quit();
});

const T0 = 1_790_000_000_000;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Says delivered of everything, and every tenth code is typed. */
const FAKING: BucketDelta = { submitted: 30, delivered: 30, converted: typed(3), deliveredConverted: 3 };
const HONEST: BucketDelta = { submitted: 30, delivered: 27, converted: typed(24), deliveredConverted: 24 };

function typed(count: number): number[] {
  return DELAY_BIN_ENDS_MS.map((_, bin) => (bin === 3 ? count : 0));
}

it('of many cells those of a provider whose receipts nobody bears out are found within rounds of a few, once in ten minutes', async () => {
  const namespace = `fakes-${randomUUID()}-`;
  const counts = createCountsStore(redis, { namespace });
  const fakes = createFakesStore(redis, { namespace });
  const cells = Array.from({ length: 20 }, (_, n) => [
    `sms|DE|262-${10 + n}|liar`,
    `sms|DE|262-${10 + n}|north`,
  ]).flat();
  const count = async (from: number, startMs: number): Promise<void> => {
    const place = (offset: number) => (offset === 0 ? undefined : { offset, atMs: startMs });
    const changes = cells.map((cell) => ({
      cell,
      buckets: [{ startMs, widthMs: 10 * SECOND, counts: cell.endsWith('liar') ? FAKING : HONEST }],
    }));
    await counts.fold('t/0', place(from), place(from + 1)!, changes);
  };
  const isFake = async (cell: string): Promise<boolean> => (await fakes.read())(parseCellKey(cell));
  await count(0, T0);
  const round = createFakeSearch({ counts, fakes });
  // nothing is said while conversions may still come
  for (let second = 0; second < 3; second++) await round(T0 + second * SECOND);
  expect(await isFake(cells[0]!)).toBe(false);
  for (let second = 0; second < 2; second++) await round(T0 + 11 * MINUTE + second * SECOND);
  expect(await isFake(cells[0]!)).toBe(false);
  await round(T0 + 11 * MINUTE + 2 * SECOND);
  expect([await isFake(cells[0]!), await isFake(cells[1]!), await isFake('sms|FR||liar')]).toEqual([
    true,
    false,
    false,
  ]);
});
