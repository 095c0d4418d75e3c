import type { EventTopic } from './events.ts';
import type { EventData } from './parse-event.ts';
import {
  ATTEMPT_TOPIC,
  CHECK_TOPIC,
  CONTROL_TOPIC,
  INGRESS_RESULT_TOPIC,
  OUTCOME_TOPIC,
  RECEIPT_TOPIC,
  REQUEST_TOPIC,
} from './topics.ts';

/** One SMS from its start to the approval, as each topic tells it. */
export const VERIFICATION_ID_EXAMPLE = 'vf_1a3fk5q2m7x4c6zt2hd3wj5n7pra6y';
const admittedAt = 1_790_000_000_000;
const of = { verification_id: VERIFICATION_ID_EXAMPLE, tenant: 'shop', purpose: 'login' };
const cell = { provider: 'north', channel: 'sms', country: 'DE', operator: '262-01' } as const;

export const EVENT_EXAMPLES: { [T in EventTopic]: EventData<T> } = {
  [REQUEST_TOPIC]: {
    ...of,
    version: 1,
    created_at: admittedAt,
    expires_at: admittedAt + 600_000,
    lookup: 'l1.yhN4vG0c8mJ1sTQw',
    workflow: [
      { channel: 'sms', recipient: 0, timeout_ms: 60_000 },
      { channel: 'voice', recipient: 0, timeout_ms: 45_000 },
    ],
    recipients: [
      {
        sealed: 's1.b1J2w4kq0fUu7mZC3nX8',
        country: cell.country,
        operator: cell.operator,
        limit_bucket: 63,
        limit_key: 'mZC3nX8b1J2w4kq0fUu7',
      },
    ],
    code_length: 6,
    checks_max: 5,
    cooldown_ms: 30_000,
    locale: 'de',
    webotp: false,
  },
  [ATTEMPT_TOPIC]: {
    ...of,
    ...cell,
    version: 4,
    attempt_id: `${VERIFICATION_ID_EXAMPLE}.1`,
    step: 0,
    send: 1,
    generation: 1,
    tag: 'p1.0fUu7mZC3nX8b1J2w4kq',
    state: 'accepted',
    provider_message_id: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab',
    claimed_at: admittedAt + 12,
    settled_at: admittedAt + 90,
    taken_over: false,
    revised: false,
    send_state: 'accepted',
  },
  [RECEIPT_TOPIC]: {
    verification_id: VERIFICATION_ID_EXAMPLE,
    attempt_id: `${VERIFICATION_ID_EXAMPLE}.1`,
    ...cell,
    generation: 1,
    submitted_at: admittedAt + 12,
    status: 'delivered',
    raw_status: 'delivered',
    price: { amount: '0.0712', currency: 'EUR' },
    received_at: admittedAt + 2_400,
  },
  [CHECK_TOPIC]: {
    ...of,
    version: 6,
    valid: true,
    generation: 1,
    checks_used: 1,
    checks_max: 5,
    checked_at: admittedAt + 15_000,
  },
  [OUTCOME_TOPIC]: {
    ...of,
    ...cell,
    version: 6,
    outcome: 'approved',
    created_at: admittedAt,
    ended_at: admittedAt + 15_000,
    checks_used: 1,
    attempts: 1,
    generation: 1,
    attempt_id: `${VERIFICATION_ID_EXAMPLE}.1`,
    submitted_at: admittedAt + 12,
  },
  [INGRESS_RESULT_TOPIC]: {
    tenant: of.tenant,
    reference: 'login-81-1',
    record: { topic: 'otp.ingress.v1.shop', partition: 7, offset: '1042', timestamp: admittedAt - 20 },
    outcome: 'accepted',
    verification_id: VERIFICATION_ID_EXAMPLE,
    status: 'pending',
    channel: 'sms',
    sent: true,
    expires_at: admittedAt + 600_000,
  },
  [CONTROL_TOPIC]: {
    country: 'IN',
    channel: 'sms',
    weights: { north: 70, south: 30 },
    drained: ['third'],
    tolerance: 0.02,
    price_max: { amount: '0.05', currency: 'EUR' },
    explore: 0.01,
    set_by: 'ada',
    set_at: admittedAt - 3_600_000,
    reason: 'third is moving to another data centre',
  },
};
