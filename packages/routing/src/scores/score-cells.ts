import { cellKey, type Cell } from '../cell.ts';
import { mergeBuckets } from '../quality/fold-buckets.ts';
import type { Bucket } from '../quality/bucket.ts';
import { addHistogram, learnDelays, NO_DELAYS, type YoungDelays } from '../quality/conversion-delay.ts';
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
  const delays = learnByChannel(
    merged.map(({ cell, buckets }) => ({
      channel: cell.channel,
      matured: buckets
        .filter((bucket) => isMature(bucket, nowMs))
        .reduce<readonly number[]>((sum, { converted }) => addHistogram(sum, converted), NO_DELAYS),
      young: buckets.filter((bucket) => !isMature(bucket, nowMs)),
    })),
    nowMs,
  );
  const known = merged.map(({ cell, buckets }): KnownCell => {
    const memory = createMemory();
    for (const bucket of buckets) remember(memory, bucket, nowMs, delays.get(cell.channel)!);
    age(memory, nowMs);
    return { cell, memory, sinceMs: buckets[0]!.startMs };
  });
  return poolScores(known, nowMs);
}

/** How soon people type, by channel. @param cells their conversions: added up for those that have matured, by bucket for the others */
export function learnByChannel(
  cells: readonly { channel: string; matured: readonly number[]; young: readonly Bucket[] }[],
  nowMs: number,
): Map<string, readonly number[]> {
  const seen = new Map<string, { matured: readonly number[]; young: YoungDelays[] }>();
  for (const { channel, matured, young } of cells) {
    const of = seen.get(channel) ?? { matured: NO_DELAYS, young: [] };
    of.matured = addHistogram(of.matured, matured);
    for (const { startMs, widthMs, converted } of young) of.young.push({ ageMs: nowMs - startMs - widthMs, converted });
    seen.set(channel, of);
  }
  return new Map([...seen].map(([channel, { matured, young }]) => [channel, learnDelays(matured, young)]));
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
