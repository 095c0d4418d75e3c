import { cellKey, type Cell } from '../cell.ts';
import { mergeBuckets } from '../quality/fold-buckets.ts';
import type { Bucket } from '../quality/bucket.ts';
import { addHistogram, cumulateDelays, NO_DELAYS, PRIOR_DELAYS } from '../quality/conversion-delay.ts';
import { age, createMemory, isMature, remember } from './cell-memory.ts';
import { poolScores, type KnownCell } from './pool-scores.ts';
import type { ScoreTable } from './score-table.ts';

/** All buckets of one cell; partial ones and any order will do. */
export interface CellBuckets {
  cell: Cell;
  buckets: readonly Bucket[];
}

/**
 * The scores of all cells, as a pure function of their buckets: what `createScoreBook` computes step by step, in one go. For
 * tests, replays and whoever starts from what is stored.
 */
export function scoreCells(cells: readonly CellBuckets[], nowMs: number): ScoreTable {
  const merged = mergeByCell(cells, nowMs);
  const delays = new Map<string, readonly number[]>();
  for (const { cell, buckets } of merged) {
    for (const bucket of buckets.filter((each) => isMature(each, nowMs)))
      delays.set(cell.channel, addHistogram(delays.get(cell.channel) ?? NO_DELAYS, bucket.converted));
  }
  const known = merged.map(({ cell, buckets }): KnownCell => {
    const memory = createMemory();
    const cumulated = cumulateDelays(addHistogram(PRIOR_DELAYS, delays.get(cell.channel) ?? NO_DELAYS));
    for (const bucket of buckets) remember(memory, bucket, nowMs, cumulated);
    age(memory, nowMs);
    return { cell, memory, sinceMs: buckets[0]!.startMs };
  });
  return poolScores(known, nowMs);
}

/** Without what is too old to be kept, in one order for all. */
function mergeByCell(cells: readonly CellBuckets[], nowMs: number): { cell: Cell; buckets: Bucket[] }[] {
  const byKey = new Map<string, { cell: Cell; buckets: Bucket[] }>();
  for (const { cell, buckets } of cells) {
    const there = byKey.get(cellKey(cell));
    if (there) there.buckets.push(...buckets);
    else byKey.set(cellKey(cell), { cell, buckets: [...buckets] });
  }
  const merged = [...byKey.values()].map(({ cell, buckets }) => ({ cell, buckets: mergeBuckets(buckets, nowMs) }));
  return merged.filter(({ buckets }) => buckets.length > 0).sort(byCell);
}

/** Sums of fractions depend on their order in the last digit: one order for all. */
export function byCell(left: { cell: Cell }, right: { cell: Cell }): number {
  return cellKey(left.cell) < cellKey(right.cell) ? -1 : 1;
}
