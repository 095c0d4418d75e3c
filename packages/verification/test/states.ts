import { CHANNELS, ERROR_CLASSES, RECEIPT_STATUSES } from '@watchword/contracts';
import * as fc from 'fast-check';
import type { Attempt, Verification } from '../src/index.ts';
import { attemptOf, verificationOf } from '../src/states-for-tests.ts';

const anyAttempt: fc.Arbitrary<Attempt> = fc
  .record({
    step: fc.nat(3),
    send: fc.integer({ min: 1, max: 4 }),
    claimedAt: fc.nat(200),
    state: fc.constantFrom<Attempt['state']>('accepted', 'accepted', 'rejected', 'rejected', 'unknown', 'submitting'),
    receipt: fc.constantFrom<Attempt['receipt']>('', ...RECEIPT_STATUSES),
    receiptError: fc.constantFrom<Attempt['receiptError']>('', ...ERROR_CLASSES),
    takenOver: fc.boolean(),
  })
  .map(attemptOf);

/** Any state at all, also such as no script would write, of a workflow of so many steps. */
export function anyVerification(steps: number): fc.Arbitrary<Verification> {
  return fc
    .record({
      status: fc.constantFrom<Verification['status']>(
        'admitted',
        'pending',
        'pending',
        'pending',
        'pending',
        'approved',
        'canceled',
      ),
      expiresAt: fc.nat(400),
      step: fc.nat(steps - 1),
      channel: fc.constantFrom(...CHANNELS),
      send: fc.integer({ min: 1, max: 4 }),
      sendState: fc.constantFrom<Verification['sendState']>('open', 'accepted', 'failed', 'unknown'),
      stepDeadline: fc.nat(200),
      lease: fc.nat(200),
      command: fc.constantFrom('', '1-1'),
      asked: fc.constantFrom<Verification['asked']>('', '', 'resend', 'next'),
      attempts: fc.array(anyAttempt, { maxLength: 4 }),
    })
    .map((fields) => {
      if (fields.status !== 'admitted') return verificationOf({ ...fields, steps });
      // before its first send nothing is out; a restored one may have taken in what had gone out
      const attempts = fields.attempts.filter(({ state }) => state !== 'submitting');
      return verificationOf({ ...fields, steps, attempts, step: 0, send: 0, sendState: 'none' });
    });
}
