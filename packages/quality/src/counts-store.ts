import {
  BUCKET_MS,
  BUCKET_WIDTHS,
  BUCKETS_KEPT_MS,
  bucketStart,
  type Bucket,
  type BucketDelta,
} from '@watchword/routing';
import { qualityKeys } from './keys.ts';
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

/** A stretch of one cell, as long as it likes. */
export interface CellSpan {
  cell: string;
  fromMs: number;
  /** Exclusive. */
  toMs: number;
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
  /** Whatever buckets lie in each span, or reach into it, in no order: of whichever widths they are by now. */
  readSpans(spans: readonly CellSpan[]): Promise<Bucket[][]>;
  /** Puts old buckets of a cell together, and drops those that are too old. */
  coarsen(cell: string, nowMs: number): Promise<void>;
}

/** A cell without traffic is forgotten a day after its last bucket is. */
const CELL_KEPT_MS = BUCKETS_KEPT_MS + 24 * 3_600_000;
/** Cells that are read in one round trip: some MB. */
const READ_AT_ONCE_MAX = 64;
/** A third of what a cell may have. A span that may have more in it is read by reading all of the cell, which costs Redis no more. */
const FIELDS_ASKED_MAX = 480;
const WIDTHS_MS = [BUCKET_MS, ...BUCKET_WIDTHS.map(({ widthMs }) => widthMs)];

/**
 * Counts of all cells in Redis, all under one tag, so that a stretch of a partition and the place that it ends at are written by one
 * script.
 *
 * @throws BaseError `OTP_STATE_UNAVAILABLE`, from every call
 */
export function createCountsStore(redis: RedisConnection, options: { namespace: string }): CountsStore {
  const { places, changed, minutesChanged, bucketsOf } = qualityKeys(options.namespace);
  const run = createScriptRunner(redis);

  async function inTurn<Asked, T>(cells: readonly Asked[], read: (cell: Asked) => Promise<T>): Promise<T[]> {
    const all: T[] = [];
    for (let from = 0; from < cells.length; from += READ_AT_ONCE_MAX) {
      all.push(...(await Promise.all(cells.slice(from, from + READ_AT_ONCE_MAX).map(read))));
    }
    return all;
  }

  async function readAll(cell: string): Promise<Bucket[]> {
    const fields = await carriedOut('read', redis.hgetall(bucketsOf(cell)));
    return Object.entries(fields).map(([field, packed]) => parseBucket(field, packed));
  }

  async function readFields(cell: string, fields: readonly string[]): Promise<Bucket[]> {
    const values = await carriedOut('read', redis.hmget(bucketsOf(cell), ...fields));
    return fields.flatMap((field, index) => {
      const packed = values[index];
      return packed ? [parseBucket(field, packed)] : [];
    });
  }

  return {
    async readPlace(partition) {
      return parsePlace(await carriedOut('readPlace', redis.hget(places, partition)));
    },
    async fold(partition, from, to, changes) {
      const reply = (await run(
        'fold',
        [places, changed, minutesChanged, ...changes.map(({ cell }) => bucketsOf(cell))],
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
    read: async (cells) => inTurn(cells, readAll),
    readStretches: async (cells, startsMs, widthMs) => {
      const fields = startsMs.map((startMs) => fieldOf({ startMs, widthMs }));
      return inTurn(cells, async (cell) => readFields(cell, fields));
    },
    readSpans: async (spans) =>
      inTurn(spans, async ({ cell, fromMs, toMs }) => {
        const asked = WIDTHS_MS.reduce((sum, widthMs) => sum + (toMs - fromMs) / widthMs + 1, 0);
        if (asked <= FIELDS_ASKED_MAX) return readFields(cell, fieldsWithin(fromMs, toMs));
        const all = await readAll(cell);
        return all.filter(({ startMs, widthMs }) => startMs < toMs && startMs + widthMs > fromMs);
      }),
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

/** By one command, so that buckets that are put together meanwhile are seen either before or after. */
function fieldsWithin(fromMs: number, toMs: number): string[] {
  return WIDTHS_MS.flatMap((widthMs) => {
    const first = bucketStart(fromMs, widthMs);
    const count = Math.ceil((toMs - first) / widthMs);
    return Array.from({ length: count }, (_, n) => fieldOf({ startMs: first + n * widthMs, widthMs }));
  });
}

function parseBucket(field: string, packed: string): Bucket {
  const slash = field.indexOf('/');
  const [startMs, widthMs] = [Number(field.slice(0, slash)) * 1_000, Number(field.slice(slash + 1)) * 1_000];
  return { startMs, widthMs, ...unpackCounts(packed) };
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
