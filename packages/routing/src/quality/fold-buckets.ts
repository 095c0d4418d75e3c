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

/** One cell's buckets as they are stored at `now`: older ones wider, the oldest gone, in the order of time. */
export function foldBuckets(buckets: readonly Bucket[], nowMs: number): Bucket[] {
  const folded = buckets.map((bucket) => {
    const widthMs = widthAt(bucket, nowMs);
    return { ...bucket, widthMs, startMs: bucketStart(bucket.startMs, widthMs) };
  });
  return mergeBuckets(folded, nowMs);
}

/** One cell's buckets, each stretch once, whatever parts they came in and in which order; in the order of time, the oldest gone. */
export function mergeBuckets(buckets: readonly Bucket[], nowMs: number): Bucket[] {
  const merged = new Map<string, Bucket>();
  for (const bucket of buckets) {
    const { startMs, widthMs } = bucket;
    if (startMs + widthMs <= nowMs - BUCKETS_KEPT_MS) continue;
    const key = `${startMs}/${widthMs}`;
    const there = merged.get(key);
    merged.set(key, there ? { startMs, widthMs, ...addCounts(there, bucket) } : bucket);
  }
  return [...merged.values()].sort((left, right) => left.startMs - right.startMs || left.widthMs - right.widthMs);
}

/** A whole coarse stretch turns coarse at once, when its end is old enough; nothing turns finer again. */
function widthAt({ startMs, widthMs }: Bucket, nowMs: number): number {
  const due = BUCKET_WIDTHS.find((each) => bucketStart(startMs, each.widthMs) + each.widthMs + each.fromAgeMs <= nowMs);
  return Math.max(widthMs, due?.widthMs ?? widthMs);
}
