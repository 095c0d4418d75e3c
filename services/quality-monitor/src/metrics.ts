import { METRICS, counterOf, gaugeOf } from '@watchword/metrics';
import type { Registry } from 'prom-client';

/** What quality-monitor counts about itself. */
export function countMonitoring(registry: Registry) {
  const records = counterOf(registry, METRICS.qualityRecords);
  const waiting = gaugeOf(registry, METRICS.qualityWaiting);
  const cells = gaugeOf(registry, METRICS.qualityCells);
  const leads = gaugeOf(registry, METRICS.qualityLeads);
  return {
    onRecord: (outcome: 'counted' | 'ignored' | 'unparsable'): void => records.inc({ outcome }),
    onWaiting: (count: number): void => waiting.set(count),
    onScored: (count: number): void => cells.set(count),
    onLead: (does: boolean): void => leads.set(does ? 1 : 0),
  };
}
