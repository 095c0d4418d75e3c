import type { QualityCell } from '@watchword/contracts';
import {
  DELAY_BIN_ENDS_MS,
  LATENCY_BIN_ENDS_MS,
  countConverted,
  percentile,
  wilson,
  type BucketCounts,
  type Cell,
} from '@watchword/routing';

export interface Price {
  amount: string;
  currency: string;
}

/** What is told of the counts of a stretch of time, the same in events and answers. */
export type Figures = Omit<QualityCell, 'start' | 'seconds' | keyof Cell>;

/** @param price of one message; undefined where none is configured */
export function describeCounts(counts: BucketCounts, price: Price | undefined): Figures {
  const submitted = positive(counts.submitted);
  const converted = positive(countConverted(counts));
  const delivered = positive(counts.delivered);
  const call = percentiles(counts.latency, LATENCY_BIN_ENDS_MS);
  const typed = percentiles(counts.converted, DELAY_BIN_ENDS_MS);
  return {
    submitted,
    withdrawn: positive(counts.withdrawn),
    converted,
    delivered,
    undelivered: positive(counts.undelivered),
    errors: Object.fromEntries(Object.entries(counts.errors).filter(([, count]) => count > 0)),
    ...(submitted > 0 && shares(submitted, Math.min(converted, submitted), Math.min(delivered, submitted))),
    ...(price && { price }),
    ...(price && submitted > 0 && converted > 0 && { price_per_conversion: times(price, submitted / converted) }),
    ...(call && { call_p50_ms: call[0], call_p95_ms: call[1] }),
    ...(typed && { conversion_p50_ms: typed[0], conversion_p95_ms: typed[1] }),
  };
}

/** A cancellation may be counted before what it takes back, out of another topic. */
function positive(count: number): number {
  return Math.max(0, count);
}

function shares(submitted: number, converted: number, delivered: number) {
  const { low, high } = wilson(converted, submitted);
  return {
    conversion: round(converted / submitted),
    conversion_low: round(low),
    conversion_high: round(high),
    receipt_rate: round(delivered / submitted),
  };
}

/** More digits say nothing: four are a tenth of a send of a thousand. */
function round(share: number): number {
  return Number(share.toFixed(4));
}

/** As many places as the analysts' tables have for money. */
const PLACES = 6;

function times({ amount, currency }: Price, factor: number): Price {
  return { amount: String(Number((Number(amount) * factor).toFixed(PLACES))), currency };
}

/** Median and 95th percentile, in whole milliseconds. */
function percentiles(bins: readonly number[], ends: readonly number[]): [number, number] | undefined {
  const [half, most] = [percentile(bins, ends, 0.5), percentile(bins, ends, 0.95)];
  return half === undefined || most === undefined ? undefined : [Math.round(half), Math.round(most)];
}
