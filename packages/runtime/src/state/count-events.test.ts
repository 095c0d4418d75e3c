import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { countEvents } from './count-events.ts';

const entry = (fields: Record<string, string>) => ({
  bucket: 0,
  streamId: '1-0',
  fields: new Map(Object.entries(fields)),
});

test('an approval counts for the provider whose code was typed, with the time it took', async () => {
  const registry = new Registry();
  const count = countEvents(registry);
  count(entry({ kind: 'check', valid: '1' }));
  count(
    entry({ kind: 'outcome', outcome: 'approved', createdAt: '1000', at: '9000', channel: 'sms', provider: 'north' }),
  );
  const page = await registry.metrics();
  expect(page).toContain('watchword_outcomes_total{outcome="approved",channel="sms",provider="north"} 1');
  expect(page).toContain('watchword_time_to_verify_seconds_sum{channel="sms",provider="north"} 8');
});

test('other ends count without a provider and take no time', async () => {
  const registry = new Registry();
  countEvents(registry)(entry({ kind: 'outcome', outcome: 'expired', createdAt: '1000', at: '601000' }));
  const page = await registry.metrics();
  expect(page).toContain('watchword_outcomes_total{outcome="expired",channel="",provider=""} 1');
  expect(page).not.toContain('watchword_time_to_verify_seconds_count');
});
