export { METRICS, METRIC_GROUPS } from './catalogue/metrics.ts';
export { counterOf, gaugeOf, histogramOf } from './create.ts';
export { HTTP_METHODS, INGRESS_TOPIC_LABEL } from './dimensions.ts';
export { LARGEST_SIZES, combinationsMost, mayHold } from './cardinality.ts';
export { faultLabel } from './fault-label.ts';
export { renderMetricsPage } from './metrics-page.ts';
export type { MetricSpec } from './spec.ts';
