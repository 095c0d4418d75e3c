import { BaseError } from '@watchword/contracts';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { METRICS } from './catalogue/metrics.ts';
import { counterOf, gaugeOf, histogramOf } from './create.ts';
import { faultLabel } from './fault-label.ts';

test('two services of one process count in the same metric', async () => {
  const registry = new Registry();
  counterOf(registry, METRICS.starts).inc({ outcome: 'created' });
  counterOf(registry, METRICS.starts).inc({ outcome: 'created' });
  expect(await registry.metrics()).toContain('watchword_starts_total{outcome="created"} 2');
});

test('a histogram has the buckets of the catalogue', async () => {
  const registry = new Registry();
  histogramOf(registry, METRICS.acceptToSubmit).observe({ channel: 'sms' }, 9.5);
  const page = await registry.metrics();
  expect(page).toContain('watchword_accept_to_submit_seconds_bucket{le="5",channel="sms"} 0');
  expect(page).toContain('watchword_accept_to_submit_seconds_bucket{le="10",channel="sms"} 1');
});

test('a gauge with a source is asked at every scrape', async () => {
  const registry = new Registry();
  let waiting = 3;
  gaugeOf(registry, METRICS.ingressWaiting, (gauge) => gauge.set(waiting));
  waiting = 7;
  expect(await registry.metrics()).toContain('watchword_ingress_waiting 7');
});

test('what was thrown is named by its code, a bug never by its words', () => {
  expect(faultLabel(new BaseError('OTP_BUS_FULL', 'x', { retry: true }))).toBe('OTP_BUS_FULL');
  expect(faultLabel(new TypeError('+4915123456789'))).toBe('_OTHER');
});
