import { RECEIPT_LATE_MS, type Bucket } from '../quality/bucket.ts';

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

export function addReceipts(one: ReceiptCounts, other: ReceiptCounts): ReceiptCounts {
  const add = (left: ReceiptCounts['sending'], right: ReceiptCounts['sending']): ReceiptCounts['sending'] => ({
    normal: left.normal + right.normal,
    slow: left.slow + right.slow,
  });
  return { sending: add(one.sending, other.sending), delivered: add(one.delivered, other.delivered) };
}

export const NO_RECEIPTS: ReceiptCounts = { sending: { normal: 0, slow: 0 }, delivered: { normal: 0, slow: 0 } };

/**
 * Whether a cell's receipts have collapsed against its own memory. Those that may yet come in time are in neither.
 *
 * @param recent of the last minutes
 * @param usual of the hours before
 */
export function judgeReceipts(recent: ReceiptCounts, usual: ReceiptCounts): 'usual' | 'collapsed' | 'unknown' {
  const [late, before] = [withoutPending(recent), withoutPending(usual)];
  if (sumOf(late) < SENDS_MIN || sumOf(before) < SENDS_MIN) return 'unknown';
  const inTime = before.delivered.normal / sumOf(before);
  if (inTime < USUAL_IN_TIME_MIN) return 'unknown';
  return isDeliverySlow(late, 1 - COLLAPSED_SHARE * inTime) ? 'collapsed' : 'usual';
}

function withoutPending({ sending, delivered }: ReceiptCounts): ReceiptCounts {
  return { sending: { normal: 0, slow: sending.slow }, delivered };
}

function sumOf({ sending, delivered }: ReceiptCounts): number {
  return sending.normal + sending.slow + delivered.normal + delivered.slow;
}
