import type { Outcome } from '@watchword/contracts';
import type { Plan } from '../model/decide-next.ts';
import type { Verification } from '../model/state.ts';
import type { StoreContext } from './context.ts';
import { bucketOfId } from './keys.ts';
import { flatWindows, type SendWindow } from './limits.ts';
import { parseRecord } from './record.ts';

export type AskAnswer = { now: number } & (
  | { outcome: 'asked' | 'open' | 'unknown' | 'last' }
  | { outcome: 'cooling'; retryAfterMs: number }
  | { outcome: 'refused'; retryAfterMs: number }
  | { outcome: 'ended'; status: Outcome }
);

/** Reading a verification, moving its plan, and asking for a move. */
export function createMoves({ run, keys, record, deadlines, durations }: StoreContext) {
  return {
    async read(id: string): Promise<{ now: number; verification: Verification | undefined }> {
      const [now, fields] = (await run('read', [record(id)], [])) as [number, string[]];
      return { now, verification: parseRecord(id, fields) };
    },

    async advance(
      state: Verification,
      plan: Plan,
      command: string,
    ): Promise<{ outcome: 'advanced' | 'conflict' | 'ended'; now: number }> {
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
      return { outcome: reply[0], now: reply[1] };
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

    /**
     * @param version the one that was read, or undefined where no record was found
     * @returns moved: somebody changed it since, so its deadlines stay for another look
     */
    async rearm(
      id: string,
      version: number | undefined,
    ): Promise<{ outcome: 'armed' | 'cleared' | 'moved'; now: number }> {
      const reply = await run('rearm', [record(id), deadlines(id)], [id, durations.admittedMs, version ?? '']);
      const [outcome, now] = reply as ['armed' | 'cleared' | 'moved', number];
      return { outcome, now };
    },
  };
}

function parseAskReply(reply: [AskAnswer['outcome'], number, number | Outcome]): AskAnswer {
  const [outcome, now] = reply;
  switch (outcome) {
    case 'cooling':
    case 'refused':
      return { outcome, now, retryAfterMs: reply[2] as number };
    case 'ended':
      return { outcome, now, status: reply[2] as Outcome };
    case 'asked':
    case 'open':
    case 'unknown':
    case 'last':
      return { outcome, now };
  }
}
