import { METRICS, counterOf, gaugeOf, histogramOf } from '@watchword/metrics';
import type { Registry } from 'prom-client';
import type { FairGate } from './ingress/fair-gate.ts';
import type { IngressDeps } from './ingress/consume-ingress.ts';
import type { StartDeps } from './start-verification.ts';

export function countStarts(registry: Registry): StartDeps['onStart'] {
  const starts = counterOf(registry, METRICS.starts);
  // there from the beginning: the first of them is a change that a rate can see
  for (const outcome of METRICS.starts.labels.outcome) starts.inc({ outcome }, 0);
  return (outcome) => starts.inc({ outcome });
}

/** What platforms emit; not by tenant, of which there may be ten thousand. */
export function countIngress(registry: Registry, gate: FairGate): IngressDeps['onVerdict'] {
  const records = counterOf(registry, METRICS.ingressRecords);
  const age = histogramOf(registry, METRICS.ingressAge);
  gaugeOf(registry, METRICS.ingressWaiting, (waiting) => waiting.set(gate.waiting()));
  return (verdict, ageMs) => {
    records.inc({ outcome: verdict.outcome, code: verdict.outcome === 'rejected' ? verdict.code : '' });
    age.observe(ageMs / 1000);
  };
}
