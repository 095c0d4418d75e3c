import { busMetrics } from './bus.ts';
import { deliveringMetrics } from './delivering.ts';
import { dispatchingMetrics } from './dispatching.ts';
import { monitoringMetrics } from './monitoring.ts';
import { nodeMetrics } from './node.ts';
import { processMetrics } from './process.ts';
import { startingMetrics } from './starting.ts';
import type { MetricSpec } from '../spec.ts';
import { verifyingMetrics } from './verifying.ts';

/** Every metric of the product by the name that the code has for it. */
export const METRICS = {
  ...processMetrics,
  ...busMetrics,
  ...startingMetrics,
  ...dispatchingMetrics,
  ...deliveringMetrics,
  ...verifyingMetrics,
  ...monitoringMetrics,
} as const;

/** All of them, Node's own too, in the order of the page. */
export const METRIC_GROUPS: Readonly<Record<string, Readonly<Record<string, MetricSpec>>>> = {
  'Every process': processMetrics,
  'Kafka and queues': busMetrics,
  'Starting (ingest)': startingMetrics,
  'Dispatching (dispatcher)': dispatchingMetrics,
  'Delivering (delivery, receipts)': deliveringMetrics,
  'Verifying (verify; outcomes by whoever ends one)': verifyingMetrics,
  'Watching quality (quality-monitor)': monitoringMetrics,
  'Node’s own': nodeMetrics,
};
