import type { CountsStore, FakesStore } from '@watchword/quality';
import {
  BUCKET_MS,
  NO_COUNTS,
  REWARD_WINDOW_MS,
  addCounts,
  calibrateReceipts,
  parseCellKey,
  type Bucket,
  type CellBuckets,
} from '@watchword/routing';

/** Receipts are judged by a week of them: nothing changes sooner. */
const SEARCH_MS = 600_000;
/** Cells that are read in one round, of a second: a MB and some tens of milliseconds, in which the process does nothing else. A thousand take a minute. */
const CELLS_AT_ONCE_MAX = 16;

export interface FindFakesDeps {
  counts: Pick<CountsStore, 'changedSince' | 'read'>;
  fakes: Pick<FakesStore, 'write'>;
}

/**
 * Goes through all cells, some in each round, and tells whose receipts are no receipts.
 *
 * @returns a round, to be made every second. It rejects with BaseError `OTP_STATE_UNAVAILABLE`, and the next one goes on
 */
export function createFakeSearch({ counts, fakes }: FindFakesDeps): (nowMs: number) => Promise<void> {
  let search: { left: string[]; sums: CellBuckets[] } | undefined;
  let searchedMs = Number.NEGATIVE_INFINITY;

  return async (nowMs) => {
    if (!search) {
      if (nowMs - searchedMs < SEARCH_MS) return;
      search = { left: (await counts.changedSince(0)).map(({ cell }) => cell), sums: [] };
    }
    const cells = search.left.slice(0, CELLS_AT_ONCE_MAX);
    for (const [at, buckets] of (await counts.read(cells)).entries())
      search.sums.push({ cell: parseCellKey(cells[at]!), buckets: [sumOver(buckets, nowMs)] });
    search.left = search.left.slice(cells.length);
    if (search.left.length > 0) return;
    await fakes.write(calibrateReceipts(search.sums, nowMs).filter(({ verdict }) => verdict === 'faking'));
    search = undefined;
    searchedMs = nowMs;
  };
}

/** Of what is only added up one bucket is enough, however old: those whose conversions are all in. */
function sumOver(buckets: readonly Bucket[], nowMs: number): Bucket {
  const over = buckets.filter(({ startMs, widthMs }) => startMs + widthMs + REWARD_WINDOW_MS <= nowMs);
  return { startMs: 0, widthMs: BUCKET_MS, ...over.reduce(addCounts, NO_COUNTS) };
}
