import { Counter, Gauge, type Registry } from 'prom-client';
import type { ClockDeps } from './compare-clocks.ts';
import type { ConsumeDeps } from './consume-events.ts';
import type { MoveDeps } from './move-verification.ts';
import type { RecoverDeps } from './recover-buckets.ts';
import type { MergeDeps } from './recover-events.ts';
import type { OrphanDeps } from './ship-orphans.ts';
import type { WatchDeps } from './watch-buckets.ts';

/** What the dispatcher counts. */
export function createDispatcherMetrics(registry: Registry): {
  move: MoveDeps['onMove'];
  receipt: ConsumeDeps['onReceipt'];
  request: ConsumeDeps['onRequest'];
  look: WatchDeps['onLook'];
  quarantine: OrphanDeps['onQuarantine'];
  merge: MergeDeps['onMerge'];
  recovering: RecoverDeps['onRecovering'];
  recovered: RecoverDeps['onRecovered'];
  brokerBehind: ClockDeps['onBehind'];
} {
  const registers = [registry];
  const moves = new Counter({
    name: 'watchword_moves_total',
    help: 'Looks at verifications by the move they led to; conflict: somebody else was faster; wait: its send waits.',
    labelNames: ['move'],
    registers,
  });
  const receipts = new Counter({
    name: 'watchword_receipts_folded_total',
    help: 'Receipts by provider: folded, kept (nothing new), unmatched (no such attempt any more).',
    labelNames: ['provider', 'outcome'],
    registers,
  });
  const requests = new Counter({
    name: 'watchword_requests_total',
    help: 'Requests consumed: moved, restored (Redis had lost it), expired, abandoned, held (being restored).',
    labelNames: ['outcome'],
    registers,
  });
  const buckets = new Gauge({
    name: 'watchword_buckets_owned',
    help: 'Buckets this dispatcher looks after.',
    registers,
  });
  const outboxAge = new Gauge({
    name: 'watchword_outbox_age_seconds',
    help: 'Age of the oldest event that waits in an outbox of the owned buckets.',
    registers,
  });
  const quarantined = new Counter({
    name: 'watchword_outbox_quarantined_total',
    help: 'Events that no version could compose, moved out of the outbox to the bucket’s quarantine.',
    registers,
  });
  const recovering = new Gauge({
    name: 'watchword_buckets_recovering',
    help: 'Buckets that this dispatcher is restoring from their events.',
    registers,
  });
  const merged = new Counter({
    name: 'watchword_recovery_events_total',
    help: 'Events read for a recovery, by what was new: merged, kept (nothing), unknown (no such record), other, expired.',
    labelNames: ['topic', 'outcome'],
    registers,
  });
  const recovered = new Gauge({
    name: 'watchword_recovery_seconds',
    help: 'From noticing a loss to its part of the last recovery: reading (codes are checked), settling (codes are sent).',
    labelNames: ['part'],
    registers,
  });
  const behind = new Gauge({
    name: 'watchword_broker_clock_behind_seconds',
    help: 'The most that a broker’s clock was behind Redis’ in the last minute with requests; 0: not behind.',
    registers,
  });
  return {
    brokerBehind: (ms) => behind.set(ms / 1000),
    merge: (topic, outcome) => merged.inc({ topic, outcome }),
    recovering: (count) => recovering.set(count),
    recovered: (part, seconds) => recovered.set({ part }, seconds),
    quarantine: () => quarantined.inc(),
    move: (move) => moves.inc({ move }),
    receipt: (provider, outcome) => receipts.inc({ provider, outcome }),
    request: (outcome) => requests.inc({ outcome }),
    look: (figures) => {
      buckets.set(figures.buckets);
      outboxAge.set(figures.oldestEventMs / 1000);
    },
  };
}
