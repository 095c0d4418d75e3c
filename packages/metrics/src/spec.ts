import type { Dimension } from './dimensions.ts';

/** What a label may hold: the values themselves, or something that the deployment decides. */
export type LabelValues = readonly string[] | Dimension;

/** One metric: what is registered, what the page says of it and how many series it may have. */
export interface MetricSpec {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Of its value: a base unit, or what it counts. */
  readonly unit: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelValues>>;
  /** Labels that another one decides, as a provider its channel: they make no further series. */
  readonly follows?: readonly string[];
  /** Upper bounds of a histogram's buckets, without the infinite one. */
  readonly buckets?: readonly number[];
}

export type LabelsOf<M extends MetricSpec> = keyof M['labels'] & string;

/** Keeps the exact type of a group of metrics. */
export function defineMetrics<const M extends Readonly<Record<string, MetricSpec>>>(metrics: M): M {
  return metrics;
}
