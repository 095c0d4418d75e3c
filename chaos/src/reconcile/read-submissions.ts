import type { LedgerEntry } from '@watchword/carrier-sim';
import { parseAttemptId } from '@watchword/contracts';
import type { SubmissionFact } from './history.ts';

/** The providers' books: a call has no reference of ours but the address of its events, `…/<attempt id>/<signature>`. */
export function toSubmissions(ledger: readonly LedgerEntry[]): SubmissionFact[] {
  return ledger.map(
    ({ seq, at, provider, answer, sent, to, client_ref, callback_url, arrived_at, receipts_taken }) => ({
      seq,
      at: Date.parse(at),
      attemptId: client_ref ?? attemptInPath(callback_url ?? ''),
      provider,
      to: to ?? '',
      answer,
      sent,
      arrivedAt: arrived_at === null ? undefined : Date.parse(arrived_at),
      receiptsTaken: receipts_taken,
    }),
  );
}

function attemptInPath(url: string): string | undefined {
  return url.split('/').find((part) => parseAttemptId(part) !== undefined);
}
