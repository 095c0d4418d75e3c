import { cellKey, type Cell } from '../cell.ts';
import { addCounts, NO_COUNTS, type Bucket, type BucketDelta } from '../quality/bucket.ts';
import { addHistogram, cumulateDelays, NO_DELAYS, PRIOR_DELAYS } from '../quality/conversion-delay.ts';
import { BUCKET_MS, BUCKETS_KEPT_MS, bucketStart } from '../quality/fold-buckets.ts';
import { age, createMemory, isMature, remember, type CellMemory } from './cell-memory.ts';
import { poolScores, type KnownCell } from './pool-scores.ts';
import { byCell } from './score-cells.ts';
import type { ScoreTable } from './score-table.ts';

/** Keeps buckets and brings the scores up to date, at the cost of what is recent. Says the same as `scoreCells` of all buckets. */
export interface ScoreBook {
  /**
   * Adds counts to the bucket in which the attempt was submitted, in any order, however late.
   *
   * @param at the start and width of a bucket that was stored, or when the attempt was submitted
   */
  add(cell: Cell, at: { startMs: number; widthMs: number } | { submittedMs: number }, delta: BucketDelta): void;
  /** @param nowMs never earlier than before */
  refresh(nowMs: number): ScoreTable;
}

/** One cell's buckets, the older of them remembered already. */
interface CellHistory {
  cell: Cell;
  /** In the order of time. */
  buckets: Bucket[];
  /** How many of the buckets are in `matured`. */
  remembered: number;
  matured: CellMemory;
  /** Conversion delays of the buckets in `matured`. */
  delays: readonly number[];
}

export function createScoreBook(): ScoreBook {
  const histories = new Map<string, CellHistory>();
  let ordered: CellHistory[] | undefined;
  return {
    add(cell, at, delta) {
      const key = cellKey(cell);
      let history = histories.get(key);
      if (!history) {
        history = { cell, buckets: [], ...nothingRemembered() };
        histories.set(key, history);
        ordered = undefined;
      }
      const place = 'widthMs' in at ? at : { startMs: bucketStart(at.submittedMs), widthMs: BUCKET_MS };
      const changed = addToBucket(history.buckets, place, delta);
      // rare: something late about what is remembered already, so all of this cell is recalled anew
      if (changed < history.remembered) Object.assign(history, nothingRemembered());
    },
    refresh(nowMs) {
      ordered ??= [...histories.values()].sort(byCell);
      for (const history of ordered) {
        forgetOld(history, nowMs);
        advance(history, nowMs);
      }
      return poolScores(recallAll(ordered, nowMs), nowMs);
    },
  };
}

function nothingRemembered(): Pick<CellHistory, 'remembered' | 'matured' | 'delays'> {
  return { remembered: 0, matured: createMemory(), delays: NO_DELAYS };
}

/** @returns the index of the bucket that was changed or inserted */
function addToBucket(buckets: Bucket[], at: { startMs: number; widthMs: number }, delta: BucketDelta): number {
  // from the end: nearly everything is about the last few minutes
  let index = buckets.length - 1;
  while (index >= 0 && isBefore(at, buckets[index]!)) index -= 1;
  const there = buckets[index];
  if (there && there.startMs === at.startMs && there.widthMs === at.widthMs) {
    buckets[index] = { ...at, ...addCounts(there, delta) };
    return index;
  }
  buckets.splice(index + 1, 0, { ...at, ...addCounts(NO_COUNTS, delta) });
  return index + 1;
}

function isBefore(at: { startMs: number; widthMs: number }, bucket: Bucket): boolean {
  return at.startMs < bucket.startMs || (at.startMs === bucket.startMs && at.widthMs < bucket.widthMs);
}

/** What is older than buckets are kept has no weight any more; the memory that it left has faded by then too. */
function forgetOld(history: CellHistory, nowMs: number): void {
  const first = history.buckets[0];
  if (!first || first.startMs + first.widthMs > nowMs - BUCKETS_KEPT_MS) return;
  history.buckets = history.buckets.filter(({ startMs, widthMs }) => startMs + widthMs > nowMs - BUCKETS_KEPT_MS);
  Object.assign(history, nothingRemembered());
}

/** The share by age is 1 for them, whatever the delays are: what they taught holds for good. */
function advance(history: CellHistory, nowMs: number): void {
  for (;;) {
    const bucket = history.buckets[history.remembered];
    if (!bucket || !isMature(bucket, nowMs)) return;
    remember(history.matured, bucket, nowMs, NO_DELAYS);
    history.delays = addHistogram(history.delays, bucket.converted);
    history.remembered += 1;
  }
}

function recallAll(histories: readonly CellHistory[], nowMs: number): KnownCell[] {
  const byChannel = new Map<string, readonly number[]>();
  for (const { cell, delays } of histories) {
    byChannel.set(cell.channel, addHistogram(byChannel.get(cell.channel) ?? NO_DELAYS, delays));
  }
  const cumulated = new Map(
    [...byChannel].map(([channel, delays]) => [channel, cumulateDelays(addHistogram(PRIOR_DELAYS, delays))]),
  );
  return histories
    .filter(({ buckets }) => buckets.length > 0)
    .map(({ cell, buckets, remembered, matured }) => {
      const memory = { ...matured };
      const delays = cumulated.get(cell.channel)!;
      for (let index = remembered; index < buckets.length; index++) remember(memory, buckets[index]!, nowMs, delays);
      age(memory, nowMs);
      return { cell, memory, sinceMs: buckets[0]!.startMs };
    });
}
