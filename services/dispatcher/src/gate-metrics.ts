import type { Channel } from '@watchword/contracts';
import type { QueueDepth } from '@watchword/queues';
import { Counter, Gauge, type Registry } from 'prom-client';

export interface GateMetrics {
  entered: (channel: Channel, entered: 'went' | 'waited' | 'overflowed') => void;
  letIn: (channel: Channel) => void;
  depth: (channel: Channel, depth: QueueDepth) => void;
  waiting: (channel: Channel, figures: { waiting: number; oldestMs: number }) => void;
}

/** What the dispatcher counts of sends that wait for their channel. */
export function createGateMetrics(registry: Registry): GateMetrics {
  const registers = [registry];
  const sends = new Counter({
    name: 'watchword_gate_sends_total',
    help: 'Sends at their channel’s gate: went (at once), waited, overflowed (the lines were full), letIn.',
    labelNames: ['channel', 'outcome'],
    registers,
  });
  const waiting = new Gauge({
    name: 'watchword_gate_waiting',
    help: 'Sends that wait in this dispatcher’s lines for room on their channel’s queue.',
    labelNames: ['channel'],
    registers,
  });
  const oldest = new Gauge({
    name: 'watchword_gate_oldest_seconds',
    help: 'How long the oldest of them, or of the queue’s jobs, has waited.',
    labelNames: ['channel'],
    registers,
  });
  const jobs = new Gauge({
    name: 'watchword_queue_jobs',
    help: 'Jobs on a channel’s queue by state, as every dispatcher sees them.',
    labelNames: ['channel', 'state'],
    registers,
  });
  return {
    entered: (channel, outcome) => sends.inc({ channel, outcome }),
    letIn: (channel) => sends.inc({ channel, outcome: 'letIn' }),
    depth: (channel, depth) => {
      for (const state of ['waiting', 'active', 'delayed'] as const) jobs.set({ channel, state }, depth[state]);
    },
    waiting: (channel, figures) => {
      waiting.set({ channel }, figures.waiting);
      oldest.set({ channel }, figures.oldestMs / 1000);
    },
  };
}
