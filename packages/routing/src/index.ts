export { lineageOf } from './cell.ts';
export type { Cell } from './cell.ts';
export { createRouter } from './choose-provider.ts';
export type {
  Candidate,
  ExclusionReason,
  IneligibleReason,
  Preference,
  RouteChoice,
  RouteDecision,
  RouteRequest,
  RouteRule,
  Router,
} from './router.ts';
export { LATENCY_BIN_ENDS_MS, NO_COUNTS, addCounts, countConverted } from './quality/bucket.ts';
export type { Bucket, BucketCounts, BucketDelta } from './quality/bucket.ts';
export { DELAY_BIN_ENDS_MS, REWARD_WINDOW_MS, delayBinOf } from './quality/conversion-delay.ts';
export { BUCKET_MS, BUCKETS_KEPT_MS, BUCKET_WIDTHS, bucketStart, foldBuckets } from './quality/fold-buckets.ts';
export { aged } from './scores/memory.ts';
export type { Memory } from './scores/memory.ts';
export { createScoreBoard, scoreBuckets } from './scores/score-board.ts';
export type { ScoreBoard } from './scores/score-board.ts';
export { createScoreTable } from './scores/score-table.ts';
export type { Score, ScoreTable } from './scores/score-table.ts';
export { POLICIES } from './simulation/policies.ts';
export type { PolicyName } from './simulation/policies.ts';
export { playTrace } from './simulation/play-trace.ts';
export type { Played } from './simulation/play-trace.ts';
export { TraceError, parseRoutingTrace } from './simulation/trace.ts';
export type { RoutingTrace } from './simulation/trace.ts';
