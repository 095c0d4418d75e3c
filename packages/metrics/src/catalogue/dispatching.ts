import { ATTEMPT_TOPIC, CHECK_TOPIC, OUTCOME_TOPIC, RECEIPT_TOPIC, REQUEST_TOPIC } from '@watchword/contracts';
import { defineMetrics } from '../spec.ts';

/** dispatcher: every verification's next move, what waits, and what is restored. */
export const dispatchingMetrics = defineMetrics({
  requests: {
    name: 'watchword_requests_total',
    type: 'counter',
    unit: 'requests',
    help: 'Requests consumed: moved, held (being restored), restored (Redis had lost it), expired, abandoned, newer (a newer version’s).',
    labels: { outcome: ['moved', 'held', 'restored', 'expired', 'abandoned', 'newer'] },
  },
  moves: {
    name: 'watchword_moves_total',
    type: 'counter',
    unit: 'looks',
    help: 'Looks at verifications by the move they led to; conflict: somebody else was faster; wait: its send waits.',
    labels: { move: ['none', 'advance', 'takeOver', 'expire', 'fail', 'conflict', 'wait'] },
  },
  receiptsFolded: {
    name: 'watchword_receipts_folded_total',
    type: 'counter',
    unit: 'receipts',
    help: 'Receipts by provider: folded, kept (nothing new), unmatched (no such attempt any more).',
    labels: { provider: 'provider', outcome: ['folded', 'kept', 'unmatched'] },
  },
  gateSends: {
    name: 'watchword_gate_sends_total',
    type: 'counter',
    unit: 'sends',
    help: 'Sends at their channel’s gate: went (at once), waited, overflowed (the lines are full), letIn (its turn came).',
    labels: { channel: 'channel', outcome: ['went', 'waited', 'overflowed', 'letIn'] },
  },
  gateWaiting: {
    name: 'watchword_gate_waiting',
    type: 'gauge',
    unit: 'sends',
    help: 'Sends that wait in this dispatcher’s lines for room on their channel’s queue.',
    labels: { channel: 'channel' },
  },
  gateOldest: {
    name: 'watchword_gate_oldest_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How long the oldest of them has waited.',
    labels: { channel: 'channel' },
  },
  queueJobs: {
    name: 'watchword_queue_jobs',
    type: 'gauge',
    unit: 'jobs',
    help: 'Jobs on a channel’s queue by state; every dispatcher tells the same.',
    labels: { channel: 'channel', state: ['waiting', 'active', 'delayed'] },
  },
  queueOldest: {
    name: 'watchword_queue_oldest_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How long the oldest waiting job of a channel’s queue has waited; every dispatcher tells the same.',
    labels: { channel: 'channel' },
  },
  bucketsOwned: {
    name: 'watchword_buckets_owned',
    type: 'gauge',
    unit: 'buckets',
    help: 'Buckets this dispatcher looks after.',
    labels: {},
  },
  outboxAge: {
    name: 'watchword_outbox_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Age of the oldest event that waits in an outbox of the owned buckets.',
    labels: {},
  },
  outboxQuarantined: {
    name: 'watchword_outbox_quarantined_total',
    type: 'counter',
    unit: 'events',
    help: 'Events that no version could compose, moved to the quarantine of their bucket.',
    labels: {},
  },
  bucketsRecovering: {
    name: 'watchword_buckets_recovering',
    type: 'gauge',
    unit: 'buckets',
    help: 'Buckets that this dispatcher is restoring from their events.',
    labels: {},
  },
  recoveryEvents: {
    name: 'watchword_recovery_events_total',
    type: 'counter',
    unit: 'events',
    help: 'Events read for a recovery: merged, kept (nothing new), unknown (no such record), other (another attempt has the number), expired.',
    labels: {
      topic: [REQUEST_TOPIC, ATTEMPT_TOPIC, RECEIPT_TOPIC, CHECK_TOPIC, OUTCOME_TOPIC],
      outcome: ['merged', 'kept', 'unknown', 'other', 'expired'],
    },
  },
  recoverySeconds: {
    name: 'watchword_recovery_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'The last recovery, from noticing the loss to its part: reading (codes are checked again), settling (codes are sent again).',
    labels: { part: ['reading', 'settling'] },
  },
  brokerClockBehind: {
    name: 'watchword_broker_clock_behind_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'The most that a broker’s clock was behind Redis’ in the last minute with requests; 0: not behind.',
    labels: {},
  },
});
