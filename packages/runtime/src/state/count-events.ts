import { METRICS, counterOf, histogramOf } from '@watchword/metrics';
import type { OutboxEntry } from '@watchword/verification';
import type { Registry } from 'prom-client';

/**
 * Counts how verifications end, where it happens: by the event that the very script made, so once, whoever ships it. An
 * end whose reply was lost with Redis' connection is not counted.
 */
export function countEvents(registry: Registry): (entry: OutboxEntry) => void {
  const outcomes = counterOf(registry, METRICS.outcomes);
  const timeToVerify = histogramOf(registry, METRICS.timeToVerify);
  return ({ fields }) => {
    const outcome = fields.get('outcome');
    if (fields.get('kind') !== 'outcome' || outcome === undefined) return;
    const cell = { channel: fields.get('channel') ?? '', provider: fields.get('provider') ?? '' };
    outcomes.inc({ outcome, ...cell });
    if (outcome !== 'approved') return;
    timeToVerify.observe(cell, (Number(fields.get('at')) - Number(fields.get('createdAt'))) / 1000);
  };
}
