import { eventHeaders } from '@watchword/contracts';
import { expect, test } from 'vitest';
import { parseEnvelope, toHeaders } from './cloud-event.ts';

const full = {
  id: 'vf_1.3.x',
  type: 'otp.request.v1',
  source: 'ingest',
  subject: 'vf_1',
  time: '2026-11-23T04:00:00.000Z',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

test('an envelope survives the way through headers, with and without its optional parts', () => {
  const { traceparent: _, ...least } = full;
  for (const envelope of [full, least])
    expect(parseEnvelope(toHeaders(envelope))).toEqual({ outcome: 'parsed', envelope });
  expect(toHeaders(full)).toMatchObject({ ce_specversion: '1.0', 'content-type': 'application/json' });
});

test('the headers are those that the contract tells readers of', () => {
  const { properties, required } = eventHeaders(full.type);
  expect(Object.keys(toHeaders(full)).toSorted()).toEqual(Object.keys(properties).toSorted());
  const { traceparent: _, ...least } = full;
  expect(Object.keys(toHeaders(least)).toSorted()).toEqual(required?.toSorted());
});

test('a record without its attributes is malformed, and the reason holds no value of it', () => {
  const { ce_id: _, ce_time: __, ...rest } = toHeaders(full);
  expect(parseEnvelope(rest)).toEqual({ outcome: 'malformed', reason: 'headers missing: ce_id, ce_time' });
  expect(parseEnvelope({ ...rest, ce_specversion: '+15550001' })).toEqual({
    outcome: 'malformed',
    reason: 'header ce_specversion is not 1.0',
  });
});
