import { BUCKETS_KEPT_MS, BUCKET_WIDTHS, type Bucket, type BucketDelta } from '@watchword/routing';
import { packCounts, unpackCounts } from './pack-counts.ts';
import { carriedOut, createScriptRunner, type RedisConnection } from './scripts.ts';

/** Up to where a partition is counted. */
export interface Place {
  /** Of the first record that is not. */
  offset: number;
  /** Of the last record that is, by the broker's clock: ms since 1970. */
  atMs: number;
}

/** What is to be added to one cell's buckets. */
export interface CellChange {
  /** Its `cellKey`. */
  cell: string;
  buckets: readonly { startMs: number; widthMs: number; counts: BucketDelta }[];
}

export interface CountsStore {
  readPlace(partition: string): Promise<Place | undefined>;
  /**
   * Counts, once: only where the place is still the one that the caller knows.
   *
   * @param partition `<topic>/<n>`
   * @returns `elsewhere`: somebody else has counted this partition meanwhile, or this very call did before its answer was lost
   */
  fold(
    partition: string,
    from: Place | undefined,
    to: Place,
    changes: readonly CellChange[],
  ): Promise<{ outcome: 'folded' | 'elsewhere' }>;
  /** Cells that were counted at or after a time, by the counting process' clock, with that time. */
  changedSince(sinceMs: number): Promise<{ cell: string; atMs: number }[]>;
  /** All buckets of each cell, in no order. */
  read(cells: readonly string[]): Promise<Bucket[][]>;
  /** Only these stretches of each cell. */
  readStretches(cells: readonly string[], startsMs: readonly number[], widthMs: number): Promise<Bucket[][]>;
  /** Puts old buckets of a cell together, and drops those that are too old. */
  coarsen(cell: string, nowMs: number): Promise<void>;
}

/** A cell without traffic is forgotten a day after its last bucket is. */
const CELL_KEPT_MS = BUCKETS_KEPT_MS + 24 * 3_600_000;
/** Cells that are read in one round trip: some MB. */
const READ_AT_ONCE_MAX = 64;

/**
 * Counts of all cells in Redis, all under one tag, so that a stretch of a partition and the place that it ends at are written by one
 * script.
 *
 * @throws BaseError `OTP_STATE_UNAVAILABLE`, from every call
 */
export function createCountsStore(redis: RedisConnection, options: { namespace: string }): CountsStore {
  const tag = `{${options.namespace}quality}`;
  const [places, changed] = [`${tag}:places`, `${tag}:changed`];
  const bucketsOf = (cell: string): string => `${tag}:c:${cell}`;
  const run = createScriptRunner(redis);

  async function inTurn<T>(cells: readonly string[], read: (cell: string) => Promise<T>): Promise<T[]> {
    const all: T[] = [];
    for (let from = 0; from < cells.length; from += READ_AT_ONCE_MAX) {
      all.push(...(await Promise.all(cells.slice(from, from + READ_AT_ONCE_MAX).map(read))));
    }
    return all;
  }

  return {
    async readPlace(partition) {
      return parsePlace(await carriedOut('readPlace', redis.hget(places, partition)));
    },
    async fold(partition, from, to, changes) {
      const reply = (await run(
        'fold',
        [places, changed, ...changes.map(({ cell }) => bucketsOf(cell))],
        [
          partition,
          from ? renderPlace(from) : '',
          renderPlace(to),
          Date.now(),
          CELL_KEPT_MS,
          ...changes.flatMap(({ cell, buckets }) => [
            cell,
            buckets.length,
            ...buckets.flatMap((bucket) => [fieldOf(bucket), packCounts(bucket.counts)]),
          ]),
        ],
      )) as 'folded' | 'elsewhere';
      return { outcome: reply };
    },
    async changedSince(sinceMs) {
      const reply = await carriedOut('changedSince', redis.zrangebyscore(changed, sinceMs, '+inf', 'WITHSCORES'));
      return pairsOf(reply).map(([cell, atMs]) => ({ cell, atMs: Number(atMs) }));
    },
    read: async (cells) =>
      inTurn(cells, async (cell) => {
        const fields = await carriedOut('read', redis.hgetall(bucketsOf(cell)));
        return Object.entries(fields).map(([field, packed]) => parseBucket(field, packed));
      }),
    readStretches: async (cells, startsMs, widthMs) => {
      const fields = startsMs.map((startMs) => fieldOf({ startMs, widthMs }));
      return inTurn(cells, async (cell) => {
        const values = await carriedOut('readStretches', redis.hmget(bucketsOf(cell), ...fields));
        return fields.flatMap((field, index) => {
          const packed = values[index];
          return packed ? [parseBucket(field, packed)] : [];
        });
      });
    },
    async coarsen(cell, nowMs) {
      const widths = BUCKET_WIDTHS.flatMap(({ fromAgeMs, widthMs }) => [seconds(fromAgeMs), seconds(widthMs)]);
      await run('coarsen', [bucketsOf(cell)], [Math.floor(seconds(nowMs)), seconds(BUCKETS_KEPT_MS), ...widths]);
    },
  };
}

function seconds(ms: number): number {
  return ms / 1_000;
}

function fieldOf({ startMs, widthMs }: Pick<Bucket, 'startMs' | 'widthMs'>): string {
  return `${seconds(startMs)}/${seconds(widthMs)}`;
}

function parseBucket(field: string, packed: string): Bucket {
  const [start, width] = field.split('/').map((part) => Number(part) * 1_000) as [number, number];
  return { startMs: start, widthMs: width, ...unpackCounts(packed) };
}

function renderPlace({ offset, atMs }: Place): string {
  return `${offset}@${atMs}`;
}

function parsePlace(text: string | null | undefined): Place | undefined {
  if (!text) return undefined;
  const [offset, atMs] = text.split('@').map(Number) as [number, number];
  return { offset, atMs };
}

function pairsOf(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, n) => [flat[2 * n]!, flat[2 * n + 1]!]);
}
