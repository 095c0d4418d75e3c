import type { Channel } from '@watchword/contracts';
import { METRICS, counterOf, gaugeOf } from '@watchword/metrics';
import type { QueueDepth } from '@watchword/queues';
import type { Registry } from 'prom-client';

export interface GateMetrics {
  entered: (channel: Channel, entered: 'went' | 'waited' | 'overflowed') => void;
  letIn: (channel: Channel) => void;
  depth: (channel: Channel, depth: QueueDepth) => void;
  /** @param figures.oldestMs of the lines, `oldestJobMs` of the queue */
  waiting: (channel: Channel, figures: { waiting: number; oldestMs: number; oldestJobMs: number }) => void;
}

/** What the dispatcher counts of sends that wait for their channel. */
export function createGateMetrics(registry: Registry): GateMetrics {
  const sends = counterOf(registry, METRICS.gateSends);
  const waiting = gaugeOf(registry, METRICS.gateWaiting);
  const oldest = gaugeOf(registry, METRICS.gateOldest);
  const jobs = gaugeOf(registry, METRICS.queueJobs);
  const oldestJob = gaugeOf(registry, METRICS.queueOldest);
  return {
    entered: (channel, outcome) => sends.inc({ channel, outcome }),
    letIn: (channel) => sends.inc({ channel, outcome: 'letIn' }),
    depth: (channel, depth) => {
      for (const state of METRICS.queueJobs.labels.state) jobs.set({ channel, state }, depth[state]);
    },
    waiting: (channel, figures) => {
      waiting.set({ channel }, figures.waiting);
      oldest.set({ channel }, figures.oldestMs / 1000);
      oldestJob.set({ channel }, figures.oldestJobMs / 1000);
    },
  };
}
