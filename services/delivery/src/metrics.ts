import { CHANNELS, DELIVERY_GROUP, deliveryQueueName, type Channel } from '@watchword/contracts';
import { METRICS, counterOf, faultLabel, histogramOf } from '@watchword/metrics';
import type { SubmitResult } from '@watchword/providers';
import type { Registry } from 'prom-client';
import type { DeliverDeps } from './deliver-deps.ts';
import type { JobResult } from './deliver-job.ts';

type Accepted = Parameters<DeliverDeps['onAccepted']>[1];

export interface DeliveryMetrics {
  attempt: (channel: Channel, provider: string, result: SubmitResult, seconds: number) => void;
  /** Measures the run of a job. */
  run: (channel: Channel, job: () => Promise<JobResult>) => Promise<JobResult>;
  firstCall: (channel: Channel, afterMs: number) => void;
  accepted: (channel: Channel, provider: string, accepted: Accepted) => void;
  recoveredSend: (channel: Channel) => void;
  dead: (channel: Channel) => void;
  breaker: (provider: string, scope: 'provider' | 'cell', to: 'open' | 'closed') => void;
}

/** What delivery counts. */
export function createDeliveryMetrics(registry: Registry): DeliveryMetrics {
  const dead = counterOf(registry, METRICS.deadJobs);
  const breakerChanges = counterOf(registry, METRICS.breakerChanges);
  const recoveredSends = counterOf(registry, METRICS.recoveredSends);
  // there from the beginning: the first of them is a change then, which an alert can see
  for (const channel of CHANNELS) for (const counter of [dead, recoveredSends]) counter.inc({ channel }, 0);
  return {
    ...measureAttempts(registry),
    run: measureJobs(registry),
    recoveredSend: (channel) => recoveredSends.inc({ channel }),
    dead: (channel) => dead.inc({ channel }),
    breaker: (provider, scope, to) => breakerChanges.inc({ provider, scope, to }),
  };
}

function measureAttempts(registry: Registry): Pick<DeliveryMetrics, 'attempt' | 'firstCall' | 'accepted'> {
  const attempts = counterOf(registry, METRICS.attempts);
  const calls = histogramOf(registry, METRICS.providerCall);
  const cost = counterOf(registry, METRICS.attemptCost);
  const unpriced = counterOf(registry, METRICS.unpricedAttempts);
  const acceptToSubmit = histogramOf(registry, METRICS.acceptToSubmit);
  const timeToInbox = histogramOf(registry, METRICS.timeToInbox);
  for (const channel of CHANNELS) acceptToSubmit.zero({ channel });
  return {
    attempt(channel, provider, result, seconds) {
      const error = result.outcome === 'accepted' ? '' : result.error;
      attempts.inc({ channel, provider, outcome: result.outcome, error });
      calls.observe({ channel, provider }, seconds);
    },
    firstCall: (channel, afterMs) => acceptToSubmit.observe({ channel }, afterMs / 1000),
    accepted(channel, provider, { price, firstAfterMs }) {
      if (price) cost.inc({ channel, provider, currency: price.currency }, Number(price.amount));
      else unpriced.inc({ channel, provider });
      if (firstAfterMs !== undefined)
        timeToInbox.observe({ channel, provider, stage: 'accepted' }, firstAfterMs / 1000);
    },
  };
}

function measureJobs(registry: Registry): DeliveryMetrics['run'] {
  const jobs = counterOf(registry, METRICS.jobs);
  const processing = histogramOf(registry, METRICS.processDuration);
  return async (channel, job) => {
    const startedAt = performance.now();
    const end = (errorType: string) =>
      processing.observe(
        {
          messaging_system: 'bullmq',
          messaging_destination_name: deliveryQueueName(channel),
          messaging_consumer_group_name: DELIVERY_GROUP,
          error_type: errorType,
        },
        (performance.now() - startedAt) / 1000,
      );
    try {
      const result = await job();
      jobs.inc({ channel, outcome: result.outcome === 'done' ? result.what : result.outcome });
      end(result.outcome === 'permanent' ? result.reason : '');
      return result;
    } catch (error) {
      end(faultLabel(error));
      throw error;
    }
  };
}
