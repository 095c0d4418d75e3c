import type { LedgerEntry } from '@watchword/carrier-sim';
import { parseAttemptId } from '@watchword/contracts';
import type { SubmissionFact } from './history.ts';

/** The providers' books: a call has no reference of ours but the address of its events, `…/<attempt id>/<signature>`. */
export function toSubmissions(ledger: readonly LedgerEntry[]): SubmissionFact[] {
  return ledger.map(({ seq, at, provider, answer, sent, client_ref, callback_url, arrived_at }) => ({
    seq,
    at: Date.parse(at),
    attemptId: client_ref ?? attemptInPath(callback_url ?? ''),
    provider,
    answer,
    sent,
    arrivedAt: arrived_at === null ? undefined : Date.parse(arrived_at),
  }));
}

function attemptInPath(url: string): string | undefined {
  return url.split('/').find((part) => parseAttemptId(part) !== undefined);
}
