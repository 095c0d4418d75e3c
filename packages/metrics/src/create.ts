import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client';
import type { LabelsOf, MetricSpec } from './spec.ts';

type Of<T extends MetricSpec['type']> = MetricSpec & { readonly type: T };

/**
 * Registers a metric of the catalogue. Several services of one process share a registry, which takes each name once: who comes
 * later gets the same one.
 */
export function counterOf<M extends Of<'counter'>>(registry: Registry, metric: M): Counter<LabelsOf<M>> {
  const before = known(registry, metric) as Counter<LabelsOf<M>> | undefined;
  return before ?? new Counter(settingsOf(registry, metric));
}

export function histogramOf<M extends Of<'histogram'>>(registry: Registry, metric: M): Histogram<LabelsOf<M>> {
  const before = known(registry, metric) as Histogram<LabelsOf<M>> | undefined;
  return before ?? new Histogram({ ...settingsOf(registry, metric), buckets: [...(metric.buckets ?? [])] });
}

/** @param collect sets it at every scrape; where the gauge is there already, the source that it has stays */
export function gaugeOf<M extends Of<'gauge'>>(
  registry: Registry,
  metric: M,
  collect?: (gauge: Gauge<LabelsOf<M>>) => void,
): Gauge<LabelsOf<M>> {
  const before = known(registry, metric) as Gauge<LabelsOf<M>> | undefined;
  if (before) return before;
  const gauge: Gauge<LabelsOf<M>> = new Gauge({
    ...settingsOf(registry, metric),
    ...(collect && { collect: () => collect(gauge) }),
  });
  return gauge;
}

function known(registry: Registry, { name }: MetricSpec): Metric | undefined {
  return registry.getSingleMetric(name);
}

function settingsOf<M extends MetricSpec>(registry: Registry, { name, help, labels }: M) {
  return { name, help, labelNames: Object.keys(labels) as LabelsOf<M>[], registers: [registry] };
}
