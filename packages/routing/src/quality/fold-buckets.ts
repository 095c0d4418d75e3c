import { addCounts, type Bucket } from './bucket.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How wide a bucket is while it is young: what is pending is judged by its age, to within so much. */
export const BUCKET_MS = 10_000;
/** How long buckets are kept: a week has every day of it once. */
export const BUCKETS_KEPT_MS = 7 * 24 * HOUR_MS;

/** From which age on a bucket is as wide as this: long after the last reward window of its attempts is over. */
export const BUCKET_WIDTHS: readonly { fromAgeMs: number; widthMs: number }[] = [
  { fromAgeMs: 6 * HOUR_MS, widthMs: 10 * MINUTE_MS },
  { fromAgeMs: 10 * MINUTE_MS, widthMs: MINUTE_MS },
];

export function bucketStart(atMs: number, widthMs = BUCKET_MS): number {
  return Math.floor(atMs / widthMs) * widthMs;
}

/**
 * One cell's buckets as they are kept at `now`: older ones wider, the oldest gone, in the order of time. Buckets of the same stretch
 * are added up, so partial ones may be passed in any order.
 */
export function foldBuckets(buckets: readonly Bucket[], nowMs: number): Bucket[] {
  const byStart = new Map<string, Bucket>();
  for (const bucket of buckets) {
    const widthMs = widthAt(bucket, nowMs);
    const startMs = bucketStart(bucket.startMs, widthMs);
    if (startMs + widthMs <= nowMs - BUCKETS_KEPT_MS) continue;
    const key = `${startMs}/${widthMs}`;
    const there = byStart.get(key);
    byStart.set(key, there ? { startMs, widthMs, ...addCounts(there, bucket) } : { ...bucket, startMs, widthMs });
  }
  return [...byStart.values()].sort((left, right) => left.startMs - right.startMs || left.widthMs - right.widthMs);
}

/** A whole coarse stretch turns coarse at once, when its end is old enough; nothing turns finer again. */
function widthAt({ startMs, widthMs }: Bucket, nowMs: number): number {
  const due = BUCKET_WIDTHS.find((each) => bucketStart(startMs, each.widthMs) + each.widthMs + each.fromAgeMs <= nowMs);
  return Math.max(widthMs, due?.widthMs ?? widthMs);
}
