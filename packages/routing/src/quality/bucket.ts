import type { ErrorClass } from '@watchword/contracts';
import { DELAY_BIN_ENDS_MS } from './conversion-delay.ts';

/**
 * What became of the attempts that were submitted in one stretch of time: exact counts, so that parts counted anywhere, in any order,
 * add up to the same. Every count belongs to the stretch of the attempt's SUBMIT time, whenever it becomes known.
 */
export interface BucketCounts {
  /** Attempts that a provider accepted, or may have: those whose conversion is waited for. */
  submitted: number;
  /** Receipts of these attempts: delivered, or a definite failure. Each attempt counts at most once in either. */
  delivered: number;
  undelivered: number;
  /** Conversions by delay, a count for each of `DELAY_BIN_ENDS_MS`. */
  converted: readonly number[];
  /** Conversions of attempts with a delivered receipt: what receipts are worth. */
  deliveredConverted: number;
  /** Attempts that were taken out of all the counts above, as canceled or fraudulent. */
  withdrawn: number;
  /** Attempts that failed to be submitted, and failure receipts, by error class. */
  errors: Readonly<Partial<Record<ErrorClass, number>>>;
  /** Calls to the provider by duration, a count for each of `LATENCY_BIN_ENDS_MS` and one for those above. */
  latency: readonly number[];
}

/** Upper ends of the bins of a call's duration: a provider call may take 5 s by default. */
export const LATENCY_BIN_ENDS_MS: readonly number[] = [50, 100, 200, 400, 800, 1_600, 3_200, 6_400];

/** Counts of one cell, or of all cells below one parent. */
export interface Bucket extends BucketCounts {
  /** Milliseconds since 1970, a multiple of the width. */
  startMs: number;
  widthMs: number;
}

/** Parts of a bucket to add. Negative counts take something back. */
export type BucketDelta = Partial<BucketCounts>;

export const NO_COUNTS: BucketCounts = {
  submitted: 0,
  delivered: 0,
  undelivered: 0,
  converted: DELAY_BIN_ENDS_MS.map(() => 0),
  deliveredConverted: 0,
  withdrawn: 0,
  errors: {},
  latency: [...LATENCY_BIN_ENDS_MS, Infinity].map(() => 0),
};

/** Adds counts up. Commutative and associative, since they are integers: the order in which parts arrive does not matter. */
export function addCounts(left: BucketCounts, right: BucketDelta): BucketCounts {
  return {
    submitted: left.submitted + (right.submitted ?? 0),
    delivered: left.delivered + (right.delivered ?? 0),
    undelivered: left.undelivered + (right.undelivered ?? 0),
    converted: addBins(left.converted, right.converted),
    deliveredConverted: left.deliveredConverted + (right.deliveredConverted ?? 0),
    withdrawn: left.withdrawn + (right.withdrawn ?? 0),
    errors: right.errors ? addErrors(left.errors, right.errors) : left.errors,
    latency: addBins(left.latency, right.latency),
  };
}

/** What has to be added to `right` to get `left`. */
export function subtractCounts(left: BucketCounts, right: BucketCounts): BucketCounts {
  const negative = (bins: readonly number[]): number[] => bins.map((count) => -count);
  const errors = Object.entries(right.errors).map(([error, count]) => [error, -count] as const);
  return addCounts(left, {
    submitted: -right.submitted,
    delivered: -right.delivered,
    undelivered: -right.undelivered,
    converted: negative(right.converted),
    deliveredConverted: -right.deliveredConverted,
    withdrawn: -right.withdrawn,
    errors: Object.fromEntries(errors),
    latency: negative(right.latency),
  });
}

function addBins(left: readonly number[], right: readonly number[] | undefined): readonly number[] {
  return right ? left.map((count, bin) => count + (right[bin] ?? 0)) : left;
}

function addErrors(left: BucketCounts['errors'], right: BucketCounts['errors']): BucketCounts['errors'] {
  const sum = { ...left };
  for (const [error, count] of Object.entries(right) as [ErrorClass, number][]) sum[error] = (sum[error] ?? 0) + count;
  return sum;
}

/** All conversions of the bucket, whatever their delay. */
export function countConverted({ converted }: Pick<BucketCounts, 'converted'>): number {
  let sum = 0;
  for (const count of converted) sum += count;
  return sum;
}
