export { cellKey, parseCellKey, type Cell } from './cell.ts';
export { createRouter } from './choice/create-router.ts';
export { findControl, weightsInPercent, type RouteControl } from './choice/controls.ts';
export {
  ROUTE_RULES,
  type Candidate,
  type ConsideredCandidate,
  type ExclusionReason,
  type IneligibleReason,
  type RouteChoice,
  type RouteDecision,
  type Router,
  type RouteRequest,
  type RouteRule,
} from './choice/router.ts';
export {
  addCounts,
  countConverted,
  LATENCY_BIN_ENDS_MS,
  NO_COUNTS,
  subtractCounts,
  RECEIPT_LATE_MS,
  type Bucket,
  type BucketCounts,
  type BucketDelta,
} from './quality/bucket.ts';
export { percentile } from './quality/percentile.ts';
export { wilson } from './quality/wilson.ts';
export { DELAY_BIN_ENDS_MS, delayBinOf, REWARD_WINDOW_MS } from './quality/conversion-delay.ts';
export {
  BUCKET_MS,
  BUCKET_WIDTHS,
  bucketStart,
  BUCKETS_KEPT_MS,
  foldBuckets,
  mergeBuckets,
} from './quality/fold-buckets.ts';
export { scoreCells, type CellBuckets } from './scores/score-cells.ts';
export { createScoreBook, type ScoreBook } from './scores/score-book.ts';
export {
  deserialiseScores,
  NO_SCORES,
  scoreOfCell,
  serialiseScores,
  type ChannelScore,
  type RouteScores,
  type Score,
  type ScoreTable,
  type SerialisedScoreTable,
} from './scores/score-table.ts';
export { generateTrace } from './simulation/generate-trace.ts';
export { playTrace, type Played } from './simulation/play-trace.ts';
export { POLICY_NAMES, type PolicyName } from './simulation/policies.ts';
export { parseTrace, renderTrace, type ParsedTrace, type RoutingTrace, type TraceSend } from './simulation/trace.ts';
export { explainDecision } from './explanation/explain-decision.ts';
export { PACKED_MAX_BYTES, packDecision, unpackDecision } from './explanation/pack-decision.ts';
export { admits, CLOSED_BREAKER, isForgiven, type Breaker } from './breakers/breaker.ts';
export { beginHardProbe, countCall, isFailing, judgeCall, NO_CALLS, type CallCounts } from './breakers/hard-breaker.ts';
export { beginSoftProbe, decideSoftBreakers, type RouteHealth, type SoftBreakers } from './breakers/soft-breaker.ts';
export {
  addReceipts,
  countReceipts,
  isDeliverySlow,
  judgeReceipts,
  NO_RECEIPTS,
  type ReceiptCounts,
} from './breakers/judge-receipts.ts';
export { calibrateReceipts, type ReceiptCalibration } from './quality/calibrate-receipts.ts';
export { estimatePolicy, type LoggedChoice, type PolicyEstimate } from './evaluation/estimate-policy.ts';
export {
  createChoiceLog,
  LOGGED_POLICIES,
  type ChoiceLog,
  type LoggedPolicy,
  type SkippedAttempts,
} from './evaluation/choice-log.ts';
