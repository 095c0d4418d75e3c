import type { CountsStore, MemoryStore } from '@watchword/quality';
import { parseCellKey } from '@watchword/quality';
import { BUCKET_MS, REWARD_WINDOW_MS, bucketStart, createScoreBoard, type Cell, type Memory } from '@watchword/routing';

/** Stretches that are read again every second: those whose sends are pending, and what receipts still say of them. */
const READ_AGAIN_MS = 600_000;
/** What comes later than that is found by a look at all of a cell, once in so long; older buckets are put together then too. */
const WHOLE_LOOK_MS = 600_000;
/** Processes' clocks differ by less. */
const OVERLAP_MS = 5_000;

export interface ScoreCellsDeps {
  counts: Pick<CountsStore, 'changedSince' | 'read' | 'readStretches' | 'coarsen'>;
  memories: MemoryStore;
  onScored(cells: number): void;
}

export interface CellScoring {
  /** Reads what was counted since, and publishes what it means. @throws BaseError `OTP_STATE_UNAVAILABLE` */
  round(nowMs: number): Promise<void>;
}

/** Turns counts into what is remembered of each cell; begins by reading all of them. */
export function createCellScoring({ counts, memories, onScored }: ScoreCellsDeps): CellScoring {
  const board = createScoreBoard();
  /** Cells with the time until which what they remember still changes by itself: sends are pending. */
  const pending = new Map<string, number>();
  const known = new Set<string>();
  let changedMs = 0;
  let wholeAtMs = Number.NEGATIVE_INFINITY;

  async function readWhole(cells: readonly string[]): Promise<void> {
    for (const [at, buckets] of (await counts.read(cells)).entries()) {
      known.add(cells[at]!);
      board.replace(parseCellKey(cells[at]!), buckets);
    }
  }

  async function readRecent(cells: readonly string[], nowMs: number): Promise<void> {
    const last = bucketStart(nowMs);
    const starts = Array.from({ length: READ_AGAIN_MS / BUCKET_MS }, (_, back) => last - back * BUCKET_MS);
    for (const [at, buckets] of (await counts.readStretches(cells, starts, BUCKET_MS)).entries()) {
      board.put(parseCellKey(cells[at]!), buckets);
    }
  }

  /** Late counts, and buckets that are old enough to be put together. */
  async function lookAtWhole(nowMs: number): Promise<void> {
    const lately = await counts.changedSince(nowMs - 2 * WHOLE_LOOK_MS);
    for (const { cell } of lately) await counts.coarsen(cell, nowMs);
    await readWhole(lately.map(({ cell }) => cell));
    wholeAtMs = nowMs;
  }

  return {
    async round(nowMs) {
      const changed = await counts.changedSince(Math.max(0, changedMs - OVERLAP_MS));
      const names = changed.map(({ cell }) => cell);
      await readWhole(names.filter((cell) => !known.has(cell)));
      await readRecent(
        names.filter((cell) => known.has(cell)),
        nowMs,
      );
      changedMs = Math.max(changedMs, ...changed.map(({ atMs }) => atMs));
      for (const cell of names) pending.set(cell, nowMs + REWARD_WINDOW_MS + BUCKET_MS);
      if (nowMs - wholeAtMs >= WHOLE_LOOK_MS) await lookAtWhole(nowMs);
      const scored: (readonly [Cell, Memory])[] = [];
      for (const [cell, memory] of board.memoriesAt(nowMs, (key) => pending.has(key))) scored.push([cell, memory]);
      await memories.publish(scored, nowMs);
      for (const [cell, untilMs] of pending) if (untilMs < nowMs) pending.delete(cell);
      onScored(scored.length);
    },
  };
}
