import type { Channel } from '@watchword/contracts';
import type { SubmitResult } from '@watchword/providers';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { JobResult } from './deliver-job.ts';

/** Bounds around the 5 s that a call may take. */
const CALL_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10];

export interface DeliveryMetrics {
  attempt: (channel: Channel, provider: string, result: SubmitResult, seconds: number) => void;
  job: (channel: Channel, result: JobResult) => void;
  recoveredSend: (channel: Channel) => void;
  dead: (channel: Channel) => void;
}

/** What delivery counts. */
export function createDeliveryMetrics(registry: Registry): DeliveryMetrics {
  const registers = [registry];
  const attempts = new Counter({
    name: 'watchword_attempts_total',
    help: 'Attempts by provider and result; unknown ones are possible duplicates.',
    labelNames: ['channel', 'provider', 'outcome', 'error'],
    registers,
  });
  const calls = new Histogram({
    name: 'watchword_provider_call_seconds',
    help: 'How long calls to providers took.',
    labelNames: ['channel', 'provider'],
    buckets: CALL_BUCKETS_SECONDS,
    registers,
  });
  const jobs = new Counter({
    name: 'watchword_jobs_total',
    help: 'Jobs by what became of them.',
    labelNames: ['channel', 'outcome'],
    registers,
  });
  const dead = new Counter({
    name: 'watchword_dead_jobs_total',
    help: 'Jobs that no try can carry out, sent to the dead letters.',
    labelNames: ['channel'],
    registers,
  });
  const recoveredSends = new Counter({
    name: 'watchword_recovered_sends_total',
    help: 'Sends carried out for verifications that were restored after Redis was lost: possible duplicates.',
    labelNames: ['channel'],
    registers,
  });
  return {
    recoveredSend: (channel) => recoveredSends.inc({ channel }),
    dead: (channel) => dead.inc({ channel }),
    attempt(channel, provider, result, seconds) {
      const error = result.outcome === 'accepted' ? '' : result.error;
      attempts.inc({ channel, provider, outcome: result.outcome, error });
      calls.observe({ channel, provider }, seconds);
    },
    job: (channel, result) => jobs.inc({ channel, outcome: result.outcome === 'done' ? result.what : result.outcome }),
  };
}
