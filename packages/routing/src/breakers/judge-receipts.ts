import { RECEIPT_LATE_MS, type Bucket } from '../quality/bucket.ts';

const MINUTE_MS = 60_000;

/** The recent past, in which a collapse is looked for. */
const RECENT_MS = 10 * MINUTE_MS;
/** What is usual: as long as buckets are fine enough to tell it from the recent past. */
const USUAL_MS = 6 * 60 * MINUTE_MS;
/** A cell has collapsed when its receipts in time are less than this share of what is usual. */
const COLLAPSED_SHARE = 0.45;
/** Fewer sends than this, of late or before, say nothing. */
const SENDS_MIN = 20;
/** Who sends receipts for fewer than this never sent enough of them to miss any. */
const USUAL_IN_TIME_MIN = 0.2;

/** Sends by their receipt: still without one (`sending`) or delivered, within `RECEIPT_LATE_MS` or not. */
export interface ReceiptCounts {
  sending: { normal: number; slow: number };
  delivered: { normal: number; slow: number };
}

/** Whether the slow ones are the given share of all, or more; no sends are not slow. @param threshold 0 to 1 */
export function isDeliverySlow({ sending, delivered }: ReceiptCounts, threshold: number): boolean {
  const slow = sending.slow + delivered.slow;
  const all = slow + sending.normal + delivered.normal;
  return all > 0 && slow >= threshold * all;
}

/** @param buckets of one cell. What was definitely not delivered is as slow as can be. */
export function countReceipts(buckets: readonly Bucket[], nowMs: number): ReceiptCounts {
  const counts = { sending: { normal: 0, slow: 0 }, delivered: { normal: 0, slow: 0 } };
  for (const bucket of buckets) {
    const without = Math.max(0, bucket.submitted - bucket.delivered - bucket.undelivered);
    const isLate = bucket.startMs + bucket.widthMs + RECEIPT_LATE_MS <= nowMs;
    counts.sending[isLate ? 'slow' : 'normal'] += without;
    counts.sending.slow += bucket.undelivered;
    counts.delivered.slow += bucket.deliveredLate;
    counts.delivered.normal += bucket.delivered - bucket.deliveredLate;
  }
  return counts;
}

/** Whether a cell's receipts have collapsed against its own long memory. @param buckets of one cell */
export function judgeReceipts(buckets: readonly Bucket[], nowMs: number): 'usual' | 'collapsed' | 'unknown' {
  const since = (fromMs: number, toMs: number) =>
    countReceipts(
      buckets.filter(({ startMs }) => startMs >= nowMs - fromMs && startMs < nowMs - toMs),
      nowMs,
    );
  // those that may yet come in time are in neither
  const recent = withoutPending(since(RECENT_MS, 0));
  const usual = withoutPending(since(USUAL_MS, RECENT_MS));
  if (sumOf(recent) < SENDS_MIN || sumOf(usual) < SENDS_MIN) return 'unknown';
  const inTime = usual.delivered.normal / sumOf(usual);
  if (inTime < USUAL_IN_TIME_MIN) return 'unknown';
  return isDeliverySlow(recent, 1 - COLLAPSED_SHARE * inTime) ? 'collapsed' : 'usual';
}

function withoutPending({ sending, delivered }: ReceiptCounts): ReceiptCounts {
  return { sending: { normal: 0, slow: sending.slow }, delivered };
}

function sumOf({ sending, delivered }: ReceiptCounts): number {
  return sending.normal + sending.slow + delivered.normal + delivered.slow;
}
