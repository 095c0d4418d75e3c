import type { StartRequest } from '@watchword/contracts';
import type { TenantConfig } from '@watchword/runtime';
import { expect, it } from 'vitest';
import { planRequest } from './plan-request.ts';

const tenant = {
  id: 'demo',
  channels: ['sms', 'voice'],
  countries: ['DE', 'FR'],
  defaults: {
    codeLength: 6,
    lifeMs: 600_000,
    checksMax: 5,
    resendCooldownMs: 30_000,
    stepMs: { sms: 60_000, voice: 45_000, email: 120_000 },
    locale: 'en',
  },
} as unknown as TenantConfig;
const plan = (body: StartRequest, given: Partial<TenantConfig> = {}) =>
  planRequest(body, { ...tenant, ...given }, (_, country) => country !== 'FR');
const to = '+4915112345678';

it('takes a phone number alone as one step by SMS, with the tenant’s defaults', () => {
  expect(plan({ to })).toMatchObject({
    outcome: 'planned',
    plan: {
      workflow: [{ channel: 'sms', recipient: 0, timeout_ms: 60_000 }],
      recipients: [{ value: to, country: 'DE' }],
      purpose: 'login',
      codeLength: 6,
      lifeMs: 600_000,
      webotp: false,
    },
  });
});

it('keeps each different recipient once, however it is written', () => {
  const result = plan({ to, workflow: ['sms', { channel: 'voice', to: '+49 151 1234 5678', timeout_seconds: 20 }] });
  expect(result).toMatchObject({
    plan: { workflow: [{ recipient: 0 }, { recipient: 0, timeout_ms: 20_000 }], recipients: [{ value: to }] },
  });
});

it.each<[string, StartRequest, { status: number; code: string; path: string }]>([
  ['an address is missing', { channel: 'sms' }, { status: 400, code: 'invalid_request', path: 'to' }],
  [
    'channel and workflow at once',
    { to, channel: 'sms', workflow: ['sms'] },
    { status: 400, code: 'invalid_request', path: 'workflow' },
  ],
  [
    'the channel is not the tenant’s',
    { to: 'a@example.com' },
    { status: 422, code: 'channel_not_allowed', path: 'channel' },
  ],
  ['the number is none', { to: '+49123' }, { status: 422, code: 'invalid_number', path: 'to' }],
  [
    'a step’s number is none',
    { to, workflow: ['sms', { channel: 'voice', to: '123' }] },
    { status: 422, code: 'invalid_number', path: 'workflow[1].to' },
  ],
  ['the country is not the tenant’s', { to: '+12025550123' }, { status: 422, code: 'country_not_allowed', path: 'to' }],
  ['nobody serves the country', { to: '+33612345678' }, { status: 422, code: 'no_provider', path: 'to' }],
  ['premium rate', { to: '+499001234567' }, { status: 422, code: 'premium_number', path: 'to' }],
  [
    'the person’s address is none',
    { to, client_ip: '203.0.113.7:443' },
    { status: 422, code: 'invalid_ip', path: 'client_ip' },
  ],
  ['no origin for WebOTP', { to, webotp: true }, { status: 422, code: 'no_webotp_origin', path: 'webotp' }],
])('says which field is wrong when %s, without repeating the address', (_, body, expected) => {
  const result = plan(body);
  expect(result).toMatchObject({ outcome: 'refused', ...expected });
  expect(JSON.stringify(result)).not.toMatch(/\d{6}/);
});
