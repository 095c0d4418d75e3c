import { expect, it } from 'vitest';
import { packRequest, unpackRequest, type AdmittedRequest } from './admitted-request.ts';

const HEAD = { tenant: 'shop', purpose: 'login', lookup: 'k1.abc', clientReference: '', traceparent: '' };
const REQUEST: AdmittedRequest = {
  tenant: 'shop',
  purpose: 'login',
  lookup: 'k1.abc',
  workflow: [
    { channel: 'sms', recipient: 0, timeout_ms: 60_000 },
    { channel: 'email', recipient: 1, timeout_ms: 120_000 },
  ],
  recipients: [
    { sealed: 'k1.one', country: 'DE', operator: '262-01', limit_bucket: 7, limit_key: 'aaa' },
    { sealed: 'k1.two', country: '', operator: '', limit_bucket: 255, limit_key: 'bbb' },
  ],
  code_length: 6,
  checks_max: 5,
  cooldown_ms: 30_000,
  locale: 'en',
  webotp: true,
};

it('comes back as it was, with its head', () => {
  expect(unpackRequest(packRequest(REQUEST), HEAD)).toEqual(REQUEST);
  const named = { ...REQUEST, webotp: false, client_reference: 'order 7', traceparent: '00-1-2-01' };
  expect(unpackRequest(packRequest(named), { ...HEAD, clientReference: 'order 7', traceparent: '00-1-2-01' })).toEqual(
    named,
  );
});

it('what a newer version knows goes along', () => {
  const newer = { ...REQUEST, template: { name: 'Grüße' } };
  expect(unpackRequest(packRequest(newer), HEAD)).toEqual(newer);
});

it('is ASCII, whatever is in it: scripts cut it by bytes', () => {
  const newer = { ...REQUEST, template: 'Grüße 👋' };
  expect(packRequest(newer)).toMatch(/^[\x20-\x7e]+$/);
});
