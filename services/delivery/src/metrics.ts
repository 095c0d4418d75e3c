import type { Channel } from '@watchword/contracts';
import type { SubmitResult } from '@watchword/providers';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { JobResult } from './deliver-job.ts';

/** Bounds around the 5 s that a call may take. */
const CALL_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10];

/** What delivery counts. Three channels in one process share the metrics, told apart by label. */
export function createDeliveryMetrics(
  registry: Registry,
  channel: Channel,
): {
  attempt: (provider: string, result: SubmitResult, seconds: number) => void;
  job: (result: JobResult) => void;
} {
  const attempts = once(registry, 'watchword_attempts_total', (name) => {
    const help = 'Attempts by provider and result; unknown ones are possible duplicates.';
    return new Counter({ name, help, labelNames: ['channel', 'provider', 'outcome', 'error'], registers: [registry] });
  });
  const calls = once(registry, 'watchword_provider_call_seconds', (name) => {
    const help = 'How long calls to providers took.';
    const labelNames = ['channel', 'provider'] as const;
    return new Histogram({ name, help, labelNames, buckets: CALL_BUCKETS_SECONDS, registers: [registry] });
  });
  const jobs = once(registry, 'watchword_jobs_total', (name) => {
    const help = 'Jobs by what became of them.';
    return new Counter({ name, help, labelNames: ['channel', 'outcome'], registers: [registry] });
  });
  return {
    attempt(provider, result, seconds) {
      const error = result.outcome === 'accepted' ? '' : result.error;
      attempts.inc({ channel, provider, outcome: result.outcome, error });
      calls.observe({ channel, provider }, seconds);
    },
    job: (result) => jobs.inc({ channel, outcome: result.outcome === 'done' ? result.what : result.outcome }),
  };
}

function once<T>(registry: Registry, name: string, make: (name: string) => T): T {
  return (registry.getSingleMetric(name) as T | undefined) ?? make(name);
}
