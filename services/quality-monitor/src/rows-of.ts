import { BUCKET_WIDTHS, NO_COUNTS, addCounts, bucketStart, type Bucket, type BucketCounts } from '@watchword/routing';

/** The only buckets that are wider than a step may be. */
export const WIDEST_MS = Math.max(...BUCKET_WIDTHS.map(({ widthMs }) => widthMs));

/** A stretch of time to tell of. */
export interface Steps {
  /** A multiple of `stepMs`. */
  fromMs: number;
  /** Exclusive: what begins at or after it is left out. */
  toMs: number;
  stepMs: number;
}

/** What was counted of a cell in one step. */
export interface Row {
  startMs: number;
  /** The step's, or that of a bucket which is wider. */
  widthMs: number;
  counts: BucketCounts;
}

/**
 * One cell's buckets by steps, in the order of time. Where an old bucket is wider than a step it is a row of its own, and what came late to
 * finer ones within it belongs to it.
 *
 * @param buckets all that lie in the steps or reach into them
 */
export function rowsOf(buckets: readonly Bucket[], { fromMs, toMs, stepMs }: Steps): Row[] {
  const wider = new Set(buckets.filter(({ widthMs }) => widthMs > stepMs).map(({ startMs }) => startMs));
  const rows = new Map<number, Row>();
  for (const bucket of buckets) {
    const isWithin = wider.has(bucketStart(bucket.startMs, WIDEST_MS));
    const widthMs = isWithin ? WIDEST_MS : stepMs;
    const startMs = bucketStart(bucket.startMs, widthMs);
    const counts = addCounts(rows.get(startMs)?.counts ?? NO_COUNTS, bucket);
    rows.set(startMs, { startMs, widthMs, counts });
  }
  return [...rows.values()]
    .filter((row) => row.startMs < toMs && row.startMs + row.widthMs > fromMs)
    .sort((left, right) => left.startMs - right.startMs);
}
