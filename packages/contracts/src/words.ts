import { Type } from 'typebox';

/** A way to a person. One queue and one deployment of delivery workers each. */
export const CHANNELS = ['sms', 'voice', 'email'] as const;
export const Channel = Type.Enum([...CHANNELS], { description: 'The way the code travels.' });
export type Channel = (typeof CHANNELS)[number];

/**
 * Why an attempt failed, in our words; every adapter maps its vendor's codes to these.
 * Faults of the recipient (`RECIPIENT_FAULTS`) hold for every provider; the others are worth another provider.
 */
export const ERROR_CLASSES = [
  'invalid_number',
  'unreachable',
  'blocked',
  'opt_out',
  'spam_filtered',
  'regulatory',
  'throttled',
  'account',
  'content',
  'timeout',
  'unknown',
] as const;
export const ErrorClass = Type.Enum([...ERROR_CLASSES]);
export type ErrorClass = (typeof ERROR_CLASSES)[number];

/** Errors that no other provider of the channel can mend: they end the step. */
export const RECIPIENT_FAULTS: ReadonlySet<ErrorClass> = new Set<ErrorClass>(['invalid_number', 'opt_out']);

/** A provider's word on an attempt, normalised. The order is the rank: it never goes down, see `receiptRank`. */
export const RECEIPT_STATUSES = [
  'accepted',
  'sent',
  'unknown',
  'undelivered',
  'expired',
  'rejected',
  'delivered',
] as const;
export const ReceiptStatus = Type.Enum([...RECEIPT_STATUSES]);
export type ReceiptStatus = (typeof RECEIPT_STATUSES)[number];

/** How a verification ended. */
export const OUTCOMES = ['approved', 'failed', 'expired', 'canceled', 'undeliverable'] as const;
export const Outcome = Type.Enum([...OUTCOMES]);
export type Outcome = (typeof OUTCOMES)[number];

/** What a submission to a provider came to; `submitting` until it is known. */
export const ATTEMPT_STATES = ['submitting', 'accepted', 'rejected', 'unknown'] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

/** Of a cell: closed lets everything through, open nothing, half_open a few to see whether it works again. */
export const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/**
 * accepted < sent < unknown < {undelivered, expired, rejected} < delivered. Among equals the first one stays, since
 * receipts arrive twice and out of order; a definite failure says more than `unknown`, and only `delivered` overrides it.
 */
export function receiptRank(status: ReceiptStatus): 1 | 2 | 3 | 4 | 5 {
  switch (status) {
    case 'accepted':
      return 1;
    case 'sent':
      return 2;
    case 'unknown':
      return 3;
    case 'undelivered':
    case 'expired':
    case 'rejected':
      return 4;
    case 'delivered':
      return 5;
  }
}
