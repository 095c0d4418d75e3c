export type {
  Candidate,
  ExclusionReason,
  IneligibleReason,
  RouteChoice,
  RouteDecision,
  Router,
  RouteRequest,
} from './router.ts';
export { createStaticRouter } from './static-router.ts';
export { lineageOf } from './cell.ts';
export type { Cell } from './cell.ts';
export { LATENCY_BIN_ENDS_MS, NO_COUNTS, addCounts, countConverted } from './quality/bucket.ts';
export type { Bucket, BucketCounts, BucketDelta } from './quality/bucket.ts';
export { DELAY_BIN_ENDS_MS, delayBinOf } from './quality/conversion-delay.ts';
export { BUCKET_MS, BUCKETS_KEPT_MS, BUCKET_WIDTHS, bucketStart, foldBuckets } from './quality/fold-buckets.ts';
