import type { AttemptEvent, OutcomeEvent, ReceiptEvent, ReceiptStatus } from '@watchword/contracts';
import {
  DELAY_BIN_ENDS_MS,
  LATENCY_BIN_ENDS_MS,
  RECEIPT_LATE_MS,
  delayBinOf,
  type BucketDelta,
  type Cell,
} from '@watchword/routing';

/** What an event adds to the counts of one cell, in the stretch in which the attempt was submitted. */
export interface Counted {
  cell: Cell;
  /** When the attempt was claimed, ms. */
  submittedMs: number;
  counts: BucketDelta;
}

/**
 * An attempt counts when it may have reached the person. Of one that was taken over the word `unknown` has counted already: what its
 * worker says later only corrects that. What settled after it was canceled is withdrawn at once; where it had been counted, the
 * cancellation has taken it back.
 */
export function countAttempt(event: AttemptEvent): Counted[] {
  const { state, error = 'unknown', revised, taken_over: takenOver } = event;
  const failed = { errors: { [error]: 1 } };
  const call = takenOver || revised ? {} : { latency: binOf(LATENCY_BIN_ENDS_MS, event.settled_at - event.claimed_at) };
  const of = (counts: BucketDelta): Counted[] => [{ cell: cellOf(event), submittedMs: event.claimed_at, counts }];
  if (event.withdrawn && (revised || state !== 'rejected')) return revised ? [] : of({ withdrawn: 1, ...call });
  switch (state) {
    case 'accepted':
      return revised ? [] : of({ submitted: 1, ...call });
    case 'unknown':
      return revised ? [] : of({ submitted: 1, ...failed, ...call });
    case 'rejected':
      return of(revised ? { submitted: -1, ...failed } : { ...failed, ...call });
  }
}

/** A definite word of a provider. */
export type Standing = 'delivered' | 'undelivered';

/**
 * The first definite word on an attempt counts, and `delivered` overrides a failure, as in the record.
 *
 * @param before the definite word that has counted for this attempt already, where the event itself does not know of it yet
 */
export function countReceipt(event: ReceiptEvent, before: Standing | undefined): Counted[] {
  const { status, previous, country, operator, submitted_at: submittedMs } = event;
  // whatever counted before has been taken back with its verification
  if (event.withdrawn) return [];
  // of one that comes after its verification is forgotten nobody knows the cell: it is too late to say anything
  if (country === undefined || operator === undefined || submittedMs === undefined) return [];
  const counted = standing(previous) ?? before;
  const now = standing(status);
  if (now === undefined || now === counted || counted === 'delivered') return [];
  const cell = { provider: event.provider, channel: event.channel, country, operator };
  const counts: BucketDelta =
    now === 'delivered'
      ? {
          delivered: 1,
          ...(event.received_at - submittedMs > RECEIPT_LATE_MS && { deliveredLate: 1 }),
          ...(counted === 'undelivered' && { undelivered: -1 }),
          ...(event.converted && { deliveredConverted: 1 }),
        }
      : { undelivered: 1, ...(event.error && { errors: { [event.error]: 1 } }) };
  return [{ cell, submittedMs, counts }];
}

/**
 * An approval counts for the attempt whose code was typed, if it came in time. What a tenant canceled is taken out: nobody waited for
 * the code any more.
 */
export function countOutcome(event: OutcomeEvent): Counted[] {
  const { provider, channel, country, operator, submitted_at: submittedMs } = event;
  if (event.outcome === 'canceled') {
    return (event.withdrawn ?? []).map((attempt) => ({
      cell: cellOf(attempt),
      submittedMs: attempt.submitted_at,
      counts: { submitted: -1, withdrawn: 1, ...takenBack(attempt.receipt) },
    }));
  }
  if (provider === undefined || channel === undefined || country === undefined) return [];
  if (operator === undefined || submittedMs === undefined) return [];
  const bin = delayBinOf(event.ended_at - submittedMs);
  if (event.outcome !== 'approved' || bin === undefined) return [];
  const converted = oneIn(bin, DELAY_BIN_ENDS_MS.length);
  const counts = { converted, ...(event.receipt === 'delivered' && { deliveredConverted: 1 }) };
  return [{ cell: { provider, channel, country, operator }, submittedMs, counts }];
}

export function standing(status: ReceiptStatus | undefined): Standing | undefined {
  if (status === 'delivered') return 'delivered';
  return status === 'undelivered' || status === 'expired' || status === 'rejected' ? 'undelivered' : undefined;
}

function takenBack(receipt: ReceiptStatus | undefined): BucketDelta {
  const counted = standing(receipt);
  return counted === undefined ? {} : { [counted]: -1 };
}

function cellOf({ provider, channel, country, operator }: Cell): Cell {
  return { provider, channel, country, operator };
}

/** One in the bin of a value; above all ends it is in the last bin. */
function binOf(ends: readonly number[], value: number): number[] {
  const bin = ends.findIndex((end) => value <= end);
  return oneIn(bin === -1 ? ends.length : bin, ends.length + 1);
}

function oneIn(bin: number, bins: number): number[] {
  return Array.from({ length: bins }, (_, at) => (at === bin ? 1 : 0));
}
