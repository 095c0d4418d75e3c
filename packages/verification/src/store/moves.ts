import type { Outcome } from '@watchword/contracts';
import type { Plan } from '../model/decide-next.ts';
import type { Verification } from '../model/state.ts';
import type { StoreContext } from './context.ts';
import { bucketOfId } from './keys.ts';
import { flatWindows, type SendWindow } from './limits.ts';
import { parseRecord } from './record.ts';

export type AskAnswer =
  | { outcome: 'asked' | 'open' | 'unknown' | 'last' }
  | { outcome: 'cooling' | 'refused'; retryAfterMs: number }
  | { outcome: 'ended'; status: Outcome };

/** Reading a verification, moving its plan, and asking for a move. */
export function createMoves({ run, keys, record, deadlines, durations }: StoreContext) {
  return {
    async read(id: string): Promise<{ now: number; verification: Verification | undefined }> {
      const [now, fields] = (await run('read', [record(id)], [])) as [number, string[]];
      return { now, verification: parseRecord(id, fields) };
    },

    async advance(state: Verification, plan: Plan, command: string): Promise<'advanced' | 'conflict' | 'ended'> {
      const reply = (await run(
        'advance',
        [record(state.id), deadlines(state.id)],
        [
          state.id,
          state.version,
          plan.step,
          plan.channel,
          plan.send,
          plan.opens ? '1' : '',
          plan.stepDeadline,
          plan.lease,
          command,
        ],
      )) as ['advanced' | 'conflict' | 'ended', number];
      return reply[0];
    },

    /** @param charge the recipient's send windows, where its limits live in this verification's bucket */
    async resend(
      id: string,
      tenant: string,
      limitKey: string,
      charge: readonly SendWindow[] | undefined,
    ): Promise<AskAnswer> {
      const reply = await run(
        'resend',
        [record(id), deadlines(id), keys.sends(bucketOfId(id), limitKey)],
        [id, tenant, charge ? '1' : '', ...flatWindows(charge ?? [])],
      );
      return parseAskReply(reply as [AskAnswer['outcome'], number, number | Outcome]);
    },

    async next(id: string, tenant: string): Promise<AskAnswer> {
      const reply = await run('next', [record(id), deadlines(id)], [id, tenant]);
      return parseAskReply(reply as [AskAnswer['outcome'], number, number | Outcome]);
    },

    async rearm(id: string): Promise<void> {
      await run('rearm', [record(id), deadlines(id)], [id, durations.admittedMs]);
    },
  };
}

function parseAskReply(reply: [AskAnswer['outcome'], number, number | Outcome]): AskAnswer {
  const outcome = reply[0];
  switch (outcome) {
    case 'cooling':
    case 'refused':
      return { outcome, retryAfterMs: reply[2] as number };
    case 'ended':
      return { outcome, status: reply[2] as Outcome };
    case 'asked':
    case 'open':
    case 'unknown':
    case 'last':
      return { outcome };
  }
}
