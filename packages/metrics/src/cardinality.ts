import { DIMENSIONS, type Dimension } from './dimensions.ts';
import type { LabelValues, MetricSpec } from './spec.ts';

/** How many there are of what a deployment decides. */
export type Sizes = Readonly<Record<Dimension, number>>;

const sizesBy = (field: 'size' | 'most'): Sizes =>
  Object.fromEntries(Object.entries(DIMENSIONS).map(([name, spec]) => [name, spec[field]])) as Sizes;

/** The deployment of which the page speaks: ten providers on three channels. */
export const EXAMPLE_SIZES: Sizes = sizesBy('size');
/** The largest that a configuration allows. */
export const LARGEST_SIZES: Sizes = sizesBy('most');

function isDimension(values: LabelValues): values is Dimension {
  return typeof values === 'string';
}

function free({ labels, follows = [] }: MetricSpec): [string, LabelValues][] {
  return Object.entries(labels).filter(([label]) => !follows.includes(label));
}

/** The most combinations of labels that a process may show of a metric. */
export function combinationsMost(metric: MetricSpec, sizes: Sizes): number {
  return free(metric).reduce((all, [, values]) => all * (isDimension(values) ? sizes[values] : values.length), 1);
}

/** The series of each combination: a histogram has one for each bucket, with the infinite one, its sum and its count. */
function seriesEach({ type, buckets = [] }: MetricSpec): number {
  return type === 'histogram' ? buckets.length + 3 : 1;
}

export function seriesMost(metric: MetricSpec, sizes: Sizes): number {
  return combinationsMost(metric, sizes) * seriesEach(metric);
}

/** The same in words: `provider × 3 × 18`. */
export function renderFormula(metric: MetricSpec): string {
  const factors = free(metric).map(([, values]) => {
    if (!isDimension(values)) return String(values.length);
    return DIMENSIONS[values].values ? String(DIMENSIONS[values].size) : values;
  });
  const each = seriesEach(metric);
  const all = [...factors, String(each)].filter((factor) => factor !== '1');
  return all.length === 0 ? '1' : all.join(' × ');
}

/** Whether a label may have a value, as far as the values are known. */
export function mayHold(values: LabelValues, value: string): boolean {
  if (!isDimension(values)) return values.includes(value);
  const { values: all } = DIMENSIONS[values];
  return all === undefined || all.includes(value);
}
