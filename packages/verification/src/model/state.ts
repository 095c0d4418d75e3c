import type { AttemptState, Channel, ErrorClass, Outcome, ReceiptStatus } from '@watchword/contracts';
import type { AdmittedRequest } from './admitted-request.ts';

/** Everything that is known of one verification, as `read` answers it. Times are ms by Redis' clock; 0 = none. */
export interface Verification {
  readonly id: string;
  readonly version: number;
  readonly status: 'admitted' | 'pending' | Outcome;
  readonly tenant: string;
  readonly purpose: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly endedAt: number;
  readonly clientReference: string;
  /** `<kid>.<hmac>` of tenant, purpose and first recipient; empty once ended. */
  readonly lookup: string;
  /** Undefined once ended, since it holds sealed addresses. */
  readonly request: AdmittedRequest | undefined;
  /** W3C trace context of the start, where its trace is sampled, else empty; outlives the end. */
  readonly traceparent: string;
  readonly checksMax: number;
  readonly checksUsed: number;
  readonly generation: number;
  /** Generation → `<kid>.<hmac>`; the last three. */
  readonly tags: Readonly<Record<number, string>>;
  /** Attempt k is at index k-1. */
  readonly attempts: readonly Attempt[];
  readonly step: number;
  readonly steps: number;
  readonly channel: Channel;
  readonly send: number;
  readonly sendState: SendState;
  readonly stepDeadline: number;
  /** When a send that nobody claimed, or an attempt that nobody settled, is looked at; outlives the end for such an attempt. */
  readonly lease: number;
  /** `<send>-<n>`: a job that is still to be queued. */
  readonly command: string;
  readonly asked: '' | 'resend' | 'next';
  readonly nextResendAt: number;
  readonly promised: boolean;
  readonly approvedBy: string;
  readonly approvedGeneration: number;
}

/** `open`: a job is queued, backing off, or with a provider. The others say how the send was closed. */
export type SendState = 'none' | 'open' | 'accepted' | 'failed' | 'unknown';

export interface Attempt {
  readonly provider: string;
  readonly channel: Channel;
  readonly country: string;
  readonly operator: string;
  readonly step: number;
  readonly send: number;
  readonly generation: number;
  readonly claimedAt: number;
  readonly state: AttemptState;
  readonly settledAt: number;
  readonly error: ErrorClass | '';
  readonly receipt: ReceiptStatus | '';
  readonly receiptError: ErrorClass | '';
  readonly receiptAt: number;
  readonly takenOver: boolean;
  /** Why its provider was chosen, as packages/routing packs it; empty where nobody told it. */
  readonly decision: string;
}

export function isLive(verification: Verification): boolean {
  return verification.status === 'admitted' || verification.status === 'pending';
}

/** With a provider, as far as is known. */
export function isSubmitting(attempt: Attempt): boolean {
  return attempt.state === 'submitting';
}

/** An attempt that a restored record knows only by its number: a later one was taken in, its own event was not. */
export function isGap(attempt: Attempt): boolean {
  return attempt.send === 0;
}

/** A receipt that says the person will not get it. */
export function isFailure(receipt: ReceiptStatus | ''): boolean {
  return receipt === 'undelivered' || receipt === 'expired' || receipt === 'rejected';
}
