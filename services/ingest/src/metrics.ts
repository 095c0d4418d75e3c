import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { FairGate } from './ingress/fair-gate.ts';
import type { IngressDeps } from './ingress/consume-ingress.ts';
import type { StartDeps } from './start-verification.ts';

export function countStarts(registry: Registry): StartDeps['onStart'] {
  const starts = new Counter({
    name: 'watchword_starts_total',
    help: 'Starts of verifications by what became of them.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return (outcome) => starts.inc({ outcome });
}

/** From a Kafka that delivers at once up to the longest life. */
const AGE_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 3600];

/** What platforms emit; not by tenant, of which there may be ten thousand. */
export function countIngress(registry: Registry, gate: FairGate): IngressDeps['onVerdict'] {
  const registers = [registry];
  const records = new Counter({
    name: 'watchword_ingress_records_total',
    help: 'Records that platforms emitted, by what became of them; code: why they were rejected.',
    labelNames: ['outcome', 'code'],
    registers,
  });
  const age = new Histogram({
    name: 'watchword_ingress_age_seconds',
    help: 'From the time of a record in Kafka to its result.',
    buckets: AGE_SECONDS,
    registers,
  });
  const waiting = new Gauge({
    name: 'watchword_ingress_waiting',
    help: 'Records that wait for their turn, fairly over tenants.',
    registers,
    collect() {
      waiting.set(gate.waiting());
    },
  });
  return (verdict, ageMs) => {
    records.inc({ outcome: verdict.outcome, code: verdict.outcome === 'rejected' ? verdict.code : '' });
    age.observe(ageMs / 1000);
  };
}
