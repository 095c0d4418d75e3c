import { createHash } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../port.ts';
import { callbackPath } from './callback-path.ts';
import { createVonageVoiceReceiver, normaliseEvent } from './receiver.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const SECRET = 'a signature secret of length';
const ATTEMPT = `vf_1a07${'a'.repeat(26)}.1`;
const receiver = createVonageVoiceReceiver({
  type: 'vonage-voice',
  name: 'voice-a',
  apiKey: 'abcd1234',
  applicationId: 'app-1',
  signatureSecret: SECRET,
  from: '+15550100',
});
const EVENT = {
  uuid: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab',
  conversation_uuid: 'CON-1',
  to: '447700900123',
  status: 'completed',
  timestamp: '2026-01-02T03:04:04.000Z',
  duration: '21',
  price: '0.00370000',
  network: '23410',
};

function webhook(event: object, path = callbackPath(SECRET, 'voice-a', ATTEMPT), sign = true): WebhookRequest {
  const rawBody = Buffer.from(JSON.stringify(event));
  const payload_hash = createHash('sha256').update(rawBody).digest('hex');
  const claims = { iss: 'Vonage', iat: NOW_MS / 1000, jti: 'jti-1', payload_hash, api_key: 'abcd1234' };
  const headers = sign ? { authorization: `Bearer ${jwt.sign(claims, SECRET)}` } : {};
  return { path, query: {}, headers, rawBody, nowMs: NOW_MS };
}

const UNREACHED = { status: 'undelivered', error: 'unreachable', permanent: false };
const NO_SUCH_NUMBER = { status: 'undelivered', error: 'invalid_number', permanent: true };
const BARRED = { status: 'undelivered', error: 'blocked', permanent: true };
const FAULT = { status: 'undelivered', error: 'unknown', permanent: false };

describe('an event of a call', () => {
  it.each([
    ['started', undefined, undefined, { status: 'accepted' }],
    ['ringing', undefined, undefined, { status: 'sent' }],
    ['answered', undefined, undefined, { status: 'sent' }],
    ['human', undefined, undefined, { status: 'delivered' }],
    ['completed', undefined, 8_000, { status: 'delivered' }],
    ['completed', undefined, 7_999, UNREACHED],
    ['completed', undefined, undefined, { status: 'unknown' }],
    ['machine', undefined, undefined, UNREACHED],
    ['busy', undefined, undefined, UNREACHED],
    ['unanswered', 'timeout', undefined, UNREACHED],
    ['unanswered', 'unavailable', undefined, UNREACHED],
    ['timeout', undefined, undefined, UNREACHED],
    ['cancelled', undefined, undefined, UNREACHED],
    ['rejected', 'invalid_number', undefined, NO_SUCH_NUMBER],
    ['rejected', 'restricted', undefined, BARRED],
    ['rejected', 'declined', undefined, BARRED],
    ['failed', 'number_out_of_service', undefined, NO_SUCH_NUMBER],
    ['failed', 'cannot_route', undefined, BARRED],
    ['failed', 'internal_error', undefined, FAULT],
    ['failed', undefined, undefined, FAULT],
    ['disconnected', undefined, undefined, { status: 'unknown' }],
    ['teleported', undefined, undefined, { status: 'unknown' }],
  ])('%s (%s, %s ms) means %j', (status, detail, durationMs, meaning) => {
    expect(normaliseEvent(status, detail, durationMs)).toEqual(meaning);
  });

  it('becomes a receipt for the attempt that its address names', () => {
    expect(receiver.parse(webhook(EVENT))).toEqual({
      outcome: 'parsed',
      receipts: [
        {
          attemptId: ATTEMPT,
          providerMessageId: EVENT.uuid,
          status: 'delivered',
          rawStatus: 'completed',
          occurredAtMs: NOW_MS - 1000,
          networkCode: '23410',
          price: { amount: '0.00370000', currency: 'EUR' },
        },
      ],
    });
  });

  it('names its call `call_uuid` when a person or a machine was heard', () => {
    const { uuid, ...event } = EVENT;
    expect(receiver.parse(webhook({ ...event, call_uuid: uuid, status: 'human' }))).toMatchObject({
      receipts: [{ providerMessageId: uuid }],
    });
  });

  it('is measured by its two ends where no duration is given', () => {
    const { duration: _, ...event } = EVENT;
    const ends = { start_time: '2026-01-02T03:04:00Z', end_time: '2026-01-02T03:04:07Z' };
    expect(receiver.parse(webhook({ ...event, ...ends }))).toMatchObject({ receipts: [UNREACHED] });
  });

  it.each([[], {}, { status: 7 }, { reason: 'Syntax error in NCCO' }])('is malformed as %j', (event) => {
    const parsed = receiver.parse(webhook(event));
    const numeric = 'status' in event;
    expect(parsed.outcome).toBe(numeric ? 'parsed' : 'malformed');
  });
});

describe('the address of an event', () => {
  const right = callbackPath(SECRET, 'voice-a', ATTEMPT);
  const signature = right.split('/')[2]!;

  it('with a signed body is verified', () => {
    expect(receiver.verify(webhook(EVENT))).toMatchObject({ outcome: 'verified', replayId: 'jti-1' });
  });

  it('carries at least 128 bits of signature', () => {
    expect(Buffer.from(signature, 'base64url').byteLength).toBeGreaterThanOrEqual(16);
  });

  it('alone is not enough: an unsigned body is refused', () => {
    expect(receiver.verify(webhook(EVENT, right, false))).toEqual({ outcome: 'refused', reason: 'unsigned' });
  });

  it.each([
    ['of another attempt', `/${ATTEMPT.replace(/1$/, '2')}/${signature}`],
    ['of another provider', callbackPath(SECRET, 'voice-b', ATTEMPT)],
    ['under another secret', callbackPath('another secret, just as long', 'voice-a', ATTEMPT)],
    ['with half a signature', right.slice(0, -11)],
    ['with an empty signature', `/${ATTEMPT}/`],
  ])('%s is refused, and names no attempt', (_name, path) => {
    expect(receiver.verify(webhook(EVENT, path))).toEqual({ outcome: 'refused', reason: 'signature' });
    expect(receiver.parse(webhook(EVENT, path)).outcome).toBe('malformed');
  });

  it.each(['', '/', `/${ATTEMPT}`, `${right}/more`, `/someone/${signature}`])('is malformed as %j', (path) => {
    expect(receiver.verify(webhook(EVENT, path))).toEqual({ outcome: 'refused', reason: 'malformed' });
  });
});
