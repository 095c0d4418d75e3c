import { receiptRank, RECEIPT_STATUSES, type ErrorClass, type ReceiptStatus } from '@watchword/contracts';
import type { Following } from '../model/decide-after-attempt.ts';
import { ATTEMPTS_MAX } from '../model/durations.ts';
import type { StoreContext } from './context.ts';
import { bucketOfId } from './keys.ts';
import type { OutboxEntry } from './outbox.ts';

export type ClaimAnswer =
  /** recovered: what is sent by it may have been sent before Redis was lost */
  | { outcome: 'claimed'; now: number; k: number; generation: number; recovered: boolean }
  | { outcome: 'ended' | 'stale' | 'busy' | 'exhausted' | 'recovering'; now: number };

export interface ClaimInput {
  send: number;
  tag: string;
  /** See `packCell`. */
  cell: string;
  /** Why its provider was chosen, as packages/routing packs it. */
  decision?: string;
}

export interface SettleInput {
  id: string;
  k: number;
  state: 'accepted' | 'rejected' | 'unknown';
  error?: ErrorClass;
  following: Following;
  generation: number;
  tag: string;
  cell: string;
  step: number;
  send: number;
  claimedAt: number;
  tenant: string;
  purpose: string;
  takenOver: boolean;
  /** Why its provider was chosen, as packages/routing packs it: kept where the record has lost the attempt. */
  decision?: string;
  /** Goes into the attempt event as it is. */
  details: Readonly<Record<string, unknown>>;
}

/** A cell as records and events keep it. */
export function packCell(cell: { provider: string; channel: string; country: string; operator: string }): string {
  return `${cell.provider}|${cell.channel}|${cell.country}|${cell.operator}`;
}

/** The life of an attempt: claimed, settled, and what a receipt says of it. */
export function createAttempts(context: StoreContext) {
  const { run, keys, record, deadlines, outbox, entry, durations, owner, random } = context;
  const sends = (id: string): string => keys.sendsPrefix(bucketOfId(id));
  return {
    async claim(id: string, input: ClaimInput): Promise<ClaimAnswer> {
      const reply = (await run(
        'claim',
        [record(id), deadlines(id), sends(id), keys.marker(bucketOfId(id))],
        [
          id,
          input.send,
          input.tag,
          input.cell,
          durations.submitLeaseMs,
          ATTEMPTS_MAX,
          bucketOfId(id),
          input.decision ?? '',
        ],
      )) as [ClaimAnswer['outcome'], number, number, number, number, number];
      const [outcome, now, , k, generation, recovered] = reply;
      return outcome === 'claimed' ? { outcome, now, k, generation, recovered: recovered === 1 } : { outcome, now };
    },

    async settle(input: SettleInput): Promise<{
      outcome: 'settled' | 'revised' | 'repeated' | 'ended' | 'absent';
      now: number;
      entries: (OutboxEntry | undefined)[];
    }> {
      const { id, following } = input;
      const [outcome, now, , emitted] = (await run(
        'settle',
        [record(id), deadlines(id), outbox(id), sends(id)],
        [
          id,
          input.k,
          input.state,
          input.error ?? '',
          following.next,
          following.next === 'backoff' ? following.delayMs : 0,
          durations.queueLeaseMs,
          input.generation,
          input.tag,
          input.cell,
          input.step,
          input.send,
          input.claimedAt,
          input.tenant,
          input.purpose,
          input.takenOver ? '1' : '',
          owner,
          random(),
          JSON.stringify(input.details),
          bucketOfId(id),
          input.decision ?? '',
        ],
      )) as ['settled' | 'revised' | 'repeated' | 'ended' | 'absent', number, number, unknown];
      return { outcome, now, entries: [entry(id, emitted)] };
    },

    async giveUp(id: string, send: number): Promise<{ outcome: 'closed' | 'stale'; now: number }> {
      const reply = (await run('giveUp', [record(id), deadlines(id), sends(id)], [id, send, bucketOfId(id)])) as [
        'closed' | 'stale',
        number,
      ];
      return { outcome: reply[0], now: reply[1] };
    },

    /** @returns moves: whether the plan may move on by it */
    async foldReceipt(
      id: string,
      k: number,
      status: ReceiptStatus,
      error: ErrorClass | undefined,
    ): Promise<{ outcome: 'folded' | 'kept' | 'unmatched'; now: number; moves: boolean }> {
      const ranks = RECEIPT_STATUSES.flatMap((each) => [each, receiptRank(each)]);
      const reply = (await run(
        'foldReceipt',
        [record(id), deadlines(id)],
        [id, k, status, receiptRank(status), error ?? '', ...ranks],
      )) as ['folded' | 'kept' | 'unmatched', number, number?];
      return { outcome: reply[0], now: reply[1], moves: reply[2] === 1 };
    },
  };
}
