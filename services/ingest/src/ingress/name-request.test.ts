import { expect, test } from 'vitest';
import { nameRequest } from './name-request.ts';

const place = { topic: 'otp.ingress.v1.shop', partition: 3, offset: '42', timestampMs: 1 };
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('an idempotency key names the request, in whatever case its header is written, before a CloudEvent’s name', () => {
  const named = { outcome: 'named', reference: 'k1', idempotencyKey: 'k1' };
  expect(nameRequest({ 'idempotency-key': 'k1' }, place)).toEqual(named);
  expect(nameRequest({ 'Idempotency-Key': 'k1', ce_id: '1', ce_source: '/s' }, place)).toEqual(named);
});

test('a CloudEvent is named by source and id together: either alone is no name', () => {
  const named = { outcome: 'named', reference: '/shop 1', idempotencyKey: '/shop 1' };
  expect(nameRequest({ ce_id: '1', ce_source: '/shop' }, place)).toEqual(named);
  for (const headers of [{ ce_id: '1' }, { ce_source: '/shop' }, {}]) {
    expect(nameRequest(headers, place)).toEqual({ outcome: 'named', reference: 'otp.ingress.v1.shop/3/42' });
  }
});

test.each([
  [{ 'idempotency-key': '' }, 'headers.idempotency-key'],
  [{ 'idempotency-key': 'k'.repeat(256) }, 'headers.idempotency-key'],
  [{ ce_id: '1'.repeat(1024), ce_source: '/shop' }, 'headers.ce_id'],
])('a name that is empty or too long is rejected %#', (headers, path) => {
  expect(nameRequest(headers, place)).toMatchObject({ outcome: 'rejected', errors: [{ path }] });
});

test('a trace is taken over where it is one', () => {
  expect(nameRequest({ traceparent: TRACE }, place)).toMatchObject({ traceparent: TRACE });
  for (const traceparent of [
    '',
    'x',
    TRACE.replace('4bf', '4BF'),
    `${TRACE}-1`,
    TRACE.replace(/-[0-9a-f]{32}-/, `-${'0'.repeat(32)}-`),
  ]) {
    expect(nameRequest({ traceparent }, place)).not.toHaveProperty('traceparent');
  }
});
