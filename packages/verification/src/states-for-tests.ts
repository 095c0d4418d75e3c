import type { Attempt, Verification } from './index.ts';

/** An attempt of send 1 of step 0 that was accepted, but for what is said. */
export function attemptOf(fields: Partial<Attempt> = {}): Attempt {
  return {
    provider: 'one',
    channel: 'sms',
    country: 'DE',
    operator: '',
    step: 0,
    send: 1,
    generation: 1,
    claimedAt: 0,
    state: 'accepted',
    settledAt: 0,
    error: '',
    receipt: '',
    receiptError: '',
    receiptAt: 0,
    takenOver: false,
    decision: '',
    ...fields,
  };
}

/** A verification as `admit` makes it, but for what is said. */
export function verificationOf(fields: Partial<Verification> = {}): Verification {
  return {
    id: 'vf_1a11aaaaaaaaaaaaaaaaaaaaaaaaaa',
    version: 1,
    status: 'admitted',
    tenant: 'shop',
    purpose: 'login',
    createdAt: 0,
    expiresAt: 600_000,
    endedAt: 0,
    clientReference: '',
    lookup: 'k1.lookup',
    request: undefined,
    traceparent: '',
    checksMax: 5,
    checksUsed: 0,
    generation: 0,
    tags: {},
    attempts: [],
    step: 0,
    steps: 1,
    channel: 'sms',
    send: 0,
    sendState: 'none',
    stepDeadline: 0,
    lease: 0,
    command: '',
    asked: '',
    nextResendAt: 0,
    promised: false,
    approvedBy: '',
    approvedGeneration: 0,
    ...fields,
  };
}
