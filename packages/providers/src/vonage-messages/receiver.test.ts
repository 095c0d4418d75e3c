import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../port.ts';
import { MESSAGES_CODES } from './codes.ts';
import { createVonageMessagesReceiver, normaliseStatus } from './receiver.ts';

const receiver = createVonageMessagesReceiver({
  type: 'vonage-messages',
  name: 'vonage-a',
  apiKey: 'abcd1234',
  signatureSecret: 'a signature secret of length',
  from: 'Watchword',
});
const ATTEMPT = `vf_1a07${'a'.repeat(26)}.2`;

function webhook(body: unknown): WebhookRequest {
  const rawBody = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { path: '', query: {}, headers: {}, rawBody, nowMs: 0 };
}

const STATUS = {
  message_uuid: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab',
  to: '447700900123',
  from: 'Watchword',
  timestamp: '2026-02-03T12:14:25Z',
  status: 'delivered',
  client_ref: ATTEMPT,
  usage: { currency: 'EUR', price: '0.0333' },
  channel: 'sms',
  destination: { network_code: '23410' },
  sms: { count_total: '1' },
};

/** The column "Vonage Msgs" of the mapping, row by row: status, class, permanent, codes. */
const CODES = [
  ['undelivered', 'invalid_number', true, [1170, 1190, 1260, 1430]],
  ['undelivered', 'unreachable', true, [1250, 1251]],
  ['undelivered', 'blocked', true, [1050, 1270, 1280, 1290]],
  ['undelivered', 'opt_out', true, [1240]],
  ['undelivered', 'spam_filtered', true, [1210, 1282, 1461]],
  ['undelivered', 'regulatory', true, [1460, 1480, 1481, 1482, 1483, 1484]],
  ['rejected', 'blocked', true, [1470, 1472, 1473]],
  ['rejected', 'content', true, [1010, 1020, 1022, 1040, 1090, 1120, 1410, 1420, 1440, 1450]],
  ['rejected', 'account', true, [1060, 1070, 1080, 1140]],
  ['undelivered', 'throttled', false, [1000]],
  ['undelivered', 'unreachable', false, [1180, 1200, 1220, 1230]],
  ['undelivered', 'unknown', false, [1030, 1100, 1331]],
  ['expired', 'timeout', false, [1360]],
  ['unknown', 'unknown', false, [1330]],
] as const;
const EACH_CODE = CODES.flatMap(([status, error, permanent, codes]) =>
  codes.map((code) => ({ code: String(code), status, error, permanent })),
);

describe('a rejected status, by its code', () => {
  it.each(EACH_CODE)('$code is $status, $error, permanent $permanent', ({ code, ...meaning }) => {
    expect(normaliseStatus('rejected', code)).toEqual(meaning);
  });

  it('covers every code that the table maps, but for those that the reference does not list', () => {
    const listed = new Set(EACH_CODE.map(({ code }) => code));
    const beyond = Object.keys(MESSAGES_CODES).filter((code) => !listed.has(code));
    expect(beyond).toEqual(['1021', '1110', '1130', '1150', '1160', '1241', '1400']);
  });
});

describe('a status', () => {
  it.each([
    ['submitted', { status: 'sent' }],
    ['delivered', { status: 'delivered' }],
    ['read', { status: 'delivered' }],
    ['undeliverable', { status: 'undelivered', error: 'unreachable', permanent: false }],
    ['rejected', { status: 'rejected', error: 'unknown', permanent: false }],
    ['teleported', { status: 'unknown' }],
    ['constructor', { status: 'unknown' }],
  ] as const)('%s without a code means %j', (rawStatus, meaning) => {
    expect(normaliseStatus(rawStatus, undefined)).toEqual(meaning);
  });

  it('with a code that nobody knows is a plain rejection', () => {
    expect(normaliseStatus('rejected', '9999')).toEqual({ status: 'rejected', error: 'unknown', permanent: false });
  });
});

describe('a status webhook', () => {
  it('becomes a receipt for the attempt that its client_ref names', () => {
    expect(receiver.parse(webhook(STATUS))).toEqual({
      outcome: 'parsed',
      receipts: [
        {
          attemptId: ATTEMPT,
          providerMessageId: STATUS.message_uuid,
          status: 'delivered',
          rawStatus: 'delivered',
          occurredAtMs: Date.UTC(2026, 1, 3, 12, 14, 25),
          networkCode: '23410',
          price: { amount: '0.0333', currency: 'EUR' },
        },
      ],
    });
  });

  it.each([
    { type: 'https://developer.vonage.com/api-errors/messages#1180', title: '1180' },
    { type: 'https://developer.vonage.com/api-errors', title: '1180' },
    { code: 1180, reason: 'Absent Subscriber' },
  ])('finds the code in %j', (error) => {
    const parsed = receiver.parse(webhook({ ...STATUS, status: 'rejected', error }));
    expect(parsed).toMatchObject({ receipts: [{ status: 'undelivered', error: 'unreachable', rawCode: '1180' }] });
  });

  it('parses the same the second time, so that duplicates are harmless', () => {
    expect(receiver.parse(webhook(STATUS))).toEqual(receiver.parse(webhook(STATUS)));
  });

  it('keeps an unknown status raw, and the receipt', () => {
    const parsed = receiver.parse(webhook({ ...STATUS, status: 'teleported' }));
    expect(parsed).toMatchObject({ receipts: [{ status: 'unknown', rawStatus: 'teleported', attemptId: ATTEMPT }] });
  });

  it.each(['someone-elses-reference', '', 7, null, `${ATTEMPT}x`])('takes %j for no attempt of ours', (client_ref) => {
    const parsed = receiver.parse(webhook({ ...STATUS, client_ref }));
    expect(parsed.outcome).toBe('parsed');
    expect(parsed.outcome === 'parsed' && parsed.receipts[0]).not.toHaveProperty('attemptId');
  });

  it('never carries an address', () => {
    expect(JSON.stringify(receiver.parse(webhook(STATUS)))).not.toContain(STATUS.to);
  });

  it.each(['', 'status=delivered', '[]', 'null', '{"status":""}', '{"message_uuid":"x"}', '{"status":{}}'])(
    'is malformed as %j',
    (body) => {
      expect(receiver.parse(webhook(body)).outcome).toBe('malformed');
    },
  );
});
