import { METRICS, counterOf, histogramOf } from '@watchword/metrics';
import type { Registry } from 'prom-client';
import type { WebhookDeps } from './take-webhook.ts';

/** What receipts counts. */
export function countReceipts(registry: Registry): Pick<WebhookDeps, 'onReceipt' | 'onDelivered'> {
  const receipts = counterOf(registry, METRICS.receipts);
  const timeToInbox = histogramOf(registry, METRICS.timeToInbox);
  return {
    onReceipt: (provider, outcome) => receipts.inc({ provider, outcome }),
    onDelivered: (channel, provider, afterMs) =>
      timeToInbox.observe({ channel, provider, stage: 'delivered' }, afterMs / 1000),
  };
}
