import { METRICS, counterOf, gaugeOf } from '@watchword/metrics';
import type { Registry } from 'prom-client';

/** What quality-monitor counts about itself. */
export function countMonitoring(registry: Registry) {
  const records = counterOf(registry, METRICS.qualityRecords);
  const waiting = gaugeOf(registry, METRICS.qualityWaiting);
  const cells = gaugeOf(registry, METRICS.qualityCells);
  const breakers = gaugeOf(registry, METRICS.breakersOpen);
  const leads = gaugeOf(registry, METRICS.qualityLeads);
  const minutes = counterOf(registry, METRICS.qualityMinutes);
  return {
    onRecord: (outcome: 'counted' | 'ignored' | 'unparsable'): void => records.inc({ outcome }),
    onWaiting: (count: number): void => waiting.set(count),
    onScored: (count: number): void => cells.set(count),
    onOpen(open: Record<'provider' | 'cell' | 'soft', number>): void {
      for (const scope of METRICS.breakersOpen.labels.scope) breakers.set({ scope }, open[scope]);
    },
    onLead: (makes: 'scores' | 'minutes', does: boolean): void => leads.set({ makes }, does ? 1 : 0),
    onMinutes: (outcome: 'published' | 'forgotten', count: number): void => minutes.inc({ outcome }, count),
  };
}
