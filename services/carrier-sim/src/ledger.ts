import type { Channel } from '@watchword/contracts';
import { createRing } from './ring.ts';

/** One submission as it was received, and what was done with it. No text: that is the inbox's. */
export interface LedgerEntry {
  /** Counts submissions from 1; `?since=<seq>` continues after it. */
  seq: number;
  at: string;
  provider: string;
  channel: Channel;
  /** The caller's reference: `client_ref`, for mail the local part of its Message-ID, null for calls. */
  client_ref: string | null;
  to: string | null;
  message_id: string | null;
  /** Where its receipts go. */
  callback_url: string | null;
  /** `accepted`, an error mode, `unauthorized`, `invalid_request` or `overloaded`. */
  answer: string;
  /** It entered the network. */
  sent: boolean;
  /** It arrives, or will: `arrived_at` tells when it has. */
  arrives: boolean;
  arrived_at: string | null;
  /** The receipts that were planned, in the order in which they go out. */
  receipts: string[];
  /** Those whose webhook was answered 2xx, in the order of the answers. */
  receipts_taken: string[];
}

/** What is known when it comes in. */
export type NewEntry = Omit<LedgerEntry, 'seq' | 'at' | 'arrived_at' | 'receipts_taken'>;

export interface Ledger {
  add(entry: NewEntry): LedgerEntry;
  /** Up to `limit` entries that match, oldest first. */
  read(after: { seq: number } | { at: string }, limit: number): LedgerEntry[];
  clear(): void;
}

export function createLedger(capacity: number, now: () => Date): Ledger {
  const ring = createRing<LedgerEntry>(capacity);
  let seq = 0;
  return {
    add(entry) {
      seq += 1;
      const complete: LedgerEntry = { seq, at: now().toISOString(), ...entry, arrived_at: null, receipts_taken: [] };
      ring.add(complete);
      return complete;
    },
    read(after, limit) {
      const found: LedgerEntry[] = [];
      for (const entry of ring) {
        if (found.length >= limit) break;
        if ('seq' in after ? entry.seq > after.seq : entry.at >= after.at) found.push(entry);
      }
      return found;
    },
    // The count goes on, so that a reader's `since` stays true.
    clear: () => ring.clear(),
  };
}
