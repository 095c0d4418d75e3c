import { lineageOf, type Cell } from '../cell.ts';
import type { Bucket } from '../quality/bucket.ts';
import { PRIOR_DELAYS, cumulateDelays } from '../quality/conversion-delay.ts';
import { BUCKETS_KEPT_MS } from '../quality/fold-buckets.ts';
import { createCellMemory, rememberBuckets, type CellMemory } from './cell-memory.ts';
import type { Memory } from './memory.ts';
import { createScoreTable, type ScoreTable } from './score-table.ts';

/** Keeps the buckets of all cells and scores them again whenever it is asked. */
export interface ScoreBoard {
  /** Puts buckets in the place of what was known of their stretches; in any order. */
  put(cell: Cell, buckets: readonly Bucket[]): void;
  /** Puts all of a cell's buckets in the place of all that was known of it. */
  replace(cell: Cell, buckets: readonly Bucket[]): void;
  scoresAt(nowMs: number): ScoreTable;
  /** @param wanted by the cell's name (`channel|provider|country|operator`); default: all */
  memoriesAt(nowMs: number, wanted?: (cell: string) => boolean): Iterable<readonly [Cell, Memory]>;
}

export function createScoreBoard(): ScoreBoard {
  const cells = new Map<string, { cell: Cell; memory: CellMemory }>();
  /** Conversions by delay, for each channel: what a pending send is judged by. */
  const delays = new Map<string, number[]>();

  const memoryOf = (cell: Cell): CellMemory => {
    const [key] = lineageOf(cell);
    let entry = cells.get(key);
    if (!entry) cells.set(key, (entry = { cell, memory: createCellMemory() }));
    return entry.memory;
  };

  function* memoriesAt(
    nowMs: number,
    wanted: (cell: string) => boolean = () => true,
  ): Generator<readonly [Cell, Memory]> {
    const cumulated = new Map([...delays].map(([channel, counts]) => [channel, cumulateDelays(counts)]));
    for (const [name, { cell, memory }] of cells) {
      if (!wanted(name)) continue;
      memory.dropBefore(nowMs - BUCKETS_KEPT_MS);
      yield [cell, memory.remember(nowMs, cumulated.get(cell.channel) ?? PRIOR_CUMULATED)];
    }
  }

  function countDelays({ channel }: Cell, { converted }: Bucket, sign: 1 | -1): void {
    const sums = delays.get(channel) ?? [...PRIOR_DELAYS];
    delays.set(channel, sums);
    for (const [bin, count] of converted.entries()) sums[bin]! += sign * count;
  }

  function put(cell: Cell, buckets: readonly Bucket[]): void {
    const memory = memoryOf(cell);
    for (const bucket of buckets) {
      const before = memory.put(bucket);
      if (before) countDelays(cell, before, -1);
      countDelays(cell, bucket, 1);
    }
  }

  return {
    put,
    replace(cell, buckets) {
      for (const bucket of memoryOf(cell).buckets()) countDelays(cell, bucket, -1);
      cells.delete(lineageOf(cell)[0]);
      put(cell, buckets);
    },
    memoriesAt,
    scoresAt: (nowMs) => createScoreTable(memoriesAt(nowMs)),
  };
}

const PRIOR_CUMULATED = cumulateDelays(PRIOR_DELAYS);

/** The same scores as a pure function of all buckets. */
export function scoreBuckets(cells: Iterable<readonly [Cell, readonly Bucket[]]>, nowMs: number): ScoreTable {
  const all = [...cells];
  const delays = new Map<string, number[]>();
  for (const [{ channel }, buckets] of all) {
    const sums = delays.get(channel) ?? [...PRIOR_DELAYS];
    delays.set(channel, sums);
    for (const { converted } of buckets) for (const [bin, count] of converted.entries()) sums[bin]! += count;
  }
  return createScoreTable(
    all.map(([cell, buckets]) => {
      const inOrder = buckets
        .filter(({ startMs, widthMs }) => startMs + widthMs > nowMs - BUCKETS_KEPT_MS)
        .toSorted((left, right) => left.startMs - right.startMs || left.widthMs - right.widthMs);
      return [cell, rememberBuckets(inOrder, nowMs, cumulateDelays(delays.get(cell.channel)!))] as const;
    }),
  );
}
