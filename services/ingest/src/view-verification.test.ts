import type { Attempt, Verification } from '@watchword/verification';
import { expect, test } from 'vitest';
import { viewVerification } from './view-verification.ts';

const ID = 'vf_1a11aaaaaaaaaaaaaaaaaaaaaaaaaa';

/** What a record says of an attempt whose number is all it knows, see `isGap`. */
const LOST: Attempt = {
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
};
const DELIVERED: Attempt = {
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

function verificationWith(attempts: readonly Attempt[]): Verification {
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

test('attempts that were lost with the state are not shown, and the others keep their ids', () => {
  const view = viewVerification(verificationWith([LOST, DELIVERED, LOST, { ...DELIVERED, provider: 'two' }]));
  expect(view.attempts.map(({ id, provider, channel }) => [id, provider, channel])).toEqual([
    [`${ID}.2`, 'one', 'sms'],
    [`${ID}.4`, 'two', 'sms'],
  ]);
});

test('a view shows no tag, no lookup and no sealed address', () => {
  const state = verificationWith([DELIVERED]);
  const secret = { ...state, lookup: 'k1.SECRET', request: { sealed: 'SECRET' } as never, tags: { 2: 'p1.SECRET' } };
  expect(JSON.stringify(viewVerification(secret))).not.toContain('SECRET');
});
