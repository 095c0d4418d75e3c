import { defineMetrics } from '../spec.ts';
import { AGE_SECONDS } from './buckets.ts';

/** ingest: how verifications begin. */
export const startingMetrics = defineMetrics({
  starts: {
    name: 'watchword_starts_total',
    type: 'counter',
    unit: 'starts',
    help: 'Starts by what became of them: created (202), joined, refused, overloaded (503), abandoned (503: Kafka did not take it).',
    labels: { outcome: ['created', 'joined', 'refused', 'overloaded', 'abandoned'] },
  },
  ingressRecords: {
    name: 'watchword_ingress_records_total',
    type: 'counter',
    unit: 'records',
    help: 'Records that platforms emitted into Kafka; code: why they were rejected.',
    labels: { outcome: ['accepted', 'rejected'], code: 'rejection' },
    follows: ['outcome'],
  },
  ingressAge: {
    name: 'watchword_ingress_age_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'From the time of such a record in Kafka to its result.',
    labels: {},
    buckets: AGE_SECONDS,
  },
  ingressWaiting: {
    name: 'watchword_ingress_waiting',
    type: 'gauge',
    unit: 'records',
    help: 'Such records that wait for their turn, fairly over tenants.',
    labels: {},
  },
});
