import type { Attempt, Verification } from '@watchword/verification';
import { attemptOf, verificationOf } from '@watchword/verification/states-for-tests';

export const ID = 'vf_1a11aaaaaaaaaaaaaaaaaaaaaaaaaa';

/** What a record says of an attempt whose number is all it knows, see `isGap`. */
export const LOST: Attempt = attemptOf({
  provider: '',
  channel: undefined as unknown as Attempt['channel'],
  country: '',
  send: 0,
  generation: 0,
  state: 'unknown',
});
export const DELIVERED: Attempt = attemptOf({
  send: 2,
  generation: 2,
  claimedAt: 1_000,
  settledAt: 2_000,
  receipt: 'delivered',
  receiptAt: 3_000,
});

export function verificationWith(attempts: readonly Attempt[]): Verification {
  return verificationOf({
    id: ID,
    version: 7,
    status: 'pending',
    createdAt: 500,
    expiresAt: 600_500,
    checksUsed: 1,
    generation: 2,
    attempts,
    send: 2,
    sendState: 'accepted',
  });
}
