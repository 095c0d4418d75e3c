import { METRICS, counterOf, gaugeOf } from '@watchword/metrics';
import type { Registry } from 'prom-client';
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
  const moves = counterOf(registry, METRICS.moves);
  const receipts = counterOf(registry, METRICS.receiptsFolded);
  const requests = counterOf(registry, METRICS.requests);
  const buckets = gaugeOf(registry, METRICS.bucketsOwned);
  const outboxAge = gaugeOf(registry, METRICS.outboxAge);
  const quarantined = counterOf(registry, METRICS.outboxQuarantined);
  const recovering = gaugeOf(registry, METRICS.bucketsRecovering);
  const merged = counterOf(registry, METRICS.recoveryEvents);
  const recovered = gaugeOf(registry, METRICS.recoverySeconds);
  const behind = gaugeOf(registry, METRICS.brokerClockBehind);
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
