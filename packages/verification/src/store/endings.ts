import type { Outcome } from '@watchword/contracts';
import type { Verification } from '../model/state.ts';
import type { StoreContext } from './context.ts';
import { bucketOfId } from './keys.ts';
import type { OutboxEntry } from './outbox.ts';

export interface CheckInput {
  id: string;
  tenant: string;
  /** `<kid>.<hmac>`, one for each pepper. */
  tags: readonly string[];
  idempotency: string;
  wrongPerHour: number;
  wrongPerDay: number;
}

export type CheckReply = { now: number } & (
  | { outcome: 'approved'; generation: number; channel: string; entries: (OutboxEntry | undefined)[] }
  | { outcome: 'wrong'; remaining: number; entries: (OutboxEntry | undefined)[] }
  | { outcome: 'failed'; entries: (OutboxEntry | undefined)[] }
  | { outcome: 'locked'; retryAfterMs: number }
  | { outcome: 'final'; status: Outcome; entries: (OutboxEntry | undefined)[] }
  | { outcome: 'unknown' | 'recovering' }
);

/** Everything that can end a verification. */
export function createEndings({ run, keys, record, deadlines, outbox, entry, owner, random }: StoreContext) {
  return {
    async check(input: CheckInput): Promise<CheckReply> {
      const { id } = input;
      const reply = (await run(
        'check',
        [record(id), deadlines(id), outbox(id), keys.wrongChecksPrefix(bucketOfId(id)), keys.marker(bucketOfId(id))],
        [
          id,
          input.tenant,
          owner,
          random(),
          random(),
          input.idempotency,
          input.wrongPerHour,
          input.wrongPerDay,
          ...input.tags,
        ],
      )) as unknown[];
      return parseCheckReply(reply, (value) => entry(id, value));
    },

    async cancel(
      id: string,
      tenant: string,
    ): Promise<
      | { outcome: 'ended'; now: number; status: Outcome; entries: (OutboxEntry | undefined)[] }
      | { outcome: 'unknown' | 'recovering'; now: number }
    > {
      const cancelKeys = [record(id), deadlines(id), outbox(id), keys.marker(bucketOfId(id))];
      const reply = (await run('cancel', cancelKeys, [id, tenant, owner, random()])) as [
        'canceled' | 'final' | 'unknown' | 'recovering',
        number,
        unknown,
        unknown,
      ];
      const now = reply[1];
      switch (reply[0]) {
        case 'canceled':
          return { outcome: 'ended', now, status: 'canceled', entries: [entry(id, reply[2])] };
        case 'final':
          return { outcome: 'ended', now, status: reply[2] as Outcome, entries: [entry(id, reply[3])] };
        case 'unknown':
        case 'recovering':
          return { outcome: reply[0], now };
      }
    },

    async fail(
      state: Verification,
    ): Promise<{ outcome: 'failed' | 'conflict' | 'ended'; now: number; entries: (OutboxEntry | undefined)[] }> {
      const { id, version } = state;
      const reply = (await run('fail', [record(id), deadlines(id), outbox(id)], [id, version, owner, random()])) as [
        'failed' | 'conflict' | 'ended',
        number,
        unknown,
      ];
      return { outcome: reply[0], now: reply[1], entries: [entry(id, reply[2])] };
    },

    async expire(
      id: string,
    ): Promise<{ outcome: 'expired' | 'early' | 'ended'; now: number; entries: (OutboxEntry | undefined)[] }> {
      const reply = (await run('expire', [record(id), deadlines(id), outbox(id)], [id, owner, random()])) as [
        'expired' | 'early' | 'ended',
        number,
        unknown,
      ];
      return { outcome: reply[0], now: reply[1], entries: [entry(id, reply[2])] };
    },
  };
}

function parseCheckReply(reply: unknown[], entry: (value: unknown) => OutboxEntry | undefined): CheckReply {
  const outcome = reply[0] as CheckReply['outcome'];
  const now = reply[1] as number;
  switch (outcome) {
    case 'approved':
      return {
        outcome,
        now,
        generation: reply[2] as number,
        channel: reply[3] as string,
        entries: [entry(reply[4]), entry(reply[5])],
      };
    case 'wrong':
      return { outcome, now, remaining: reply[2] as number, entries: [entry(reply[3])] };
    case 'failed':
      return { outcome, now, entries: [entry(reply[2]), entry(reply[3])] };
    case 'locked':
      return { outcome, now, retryAfterMs: reply[2] as number };
    case 'final':
      return { outcome, now, status: reply[2] as Outcome, entries: [entry(reply[3])] };
    case 'unknown':
    case 'recovering':
      return { outcome, now };
  }
}
