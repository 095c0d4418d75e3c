import type { Attempt, Verification } from '@watchword/verification';

export const ID = 'vf_1a11aaaaaaaaaaaaaaaaaaaaaaaaaa';

/** What a record says of an attempt whose number is all it knows, see `isGap`. */
export const LOST: Attempt = {
  provider: '',
  channel: undefined as unknown as Attempt['channel'],
  country: '',
  operator: '',
  step: 0,
  send: 0,
  generation: 0,
  claimedAt: 0,
  state: 'unknown',
  settledAt: 0,
  error: '',
  receipt: '',
  receiptError: '',
  receiptAt: 0,
  takenOver: false,
  decision: '',
};
export const DELIVERED: Attempt = {
  ...LOST,
  provider: 'one',
  channel: 'sms',
  country: 'DE',
  send: 2,
  generation: 2,
  claimedAt: 1_000,
  state: 'accepted',
  settledAt: 2_000,
  receipt: 'delivered',
  receiptAt: 3_000,
};

export function verificationWith(attempts: readonly Attempt[]): Verification {
  return {
    id: ID,
    version: 7,
    status: 'pending',
    tenant: 'shop',
    purpose: 'login',
    createdAt: 500,
    expiresAt: 600_500,
    endedAt: 0,
    clientReference: '',
    lookup: 'k1.lookup',
    request: undefined,
    traceparent: '',
    checksMax: 5,
    checksUsed: 1,
    generation: 2,
    tags: {},
    attempts,
    step: 0,
    steps: 1,
    channel: 'sms',
    send: 2,
    sendState: 'accepted',
    stepDeadline: 0,
    lease: 0,
    command: '',
    asked: '',
    nextResendAt: 0,
    promised: false,
    approvedBy: '',
    approvedGeneration: 0,
  };
}
