import type { Outcome } from '@watchword/contracts';
import type { Plan } from '../model/decide-next.ts';
import type { Verification } from '../model/state.ts';
import type { RecoveryPhase } from './buckets.ts';
import type { StoreContext } from './context.ts';
import { bucketOfId } from './keys.ts';
import { flatWindows, type SendWindow } from './limits.ts';
import { parseRecord } from './record.ts';

export type AskAnswer = { now: number } & (
  | { outcome: 'asked' | 'open' | 'unknown' | 'last' | 'tooLate' | 'moved' }
  | { outcome: 'cooling'; retryAfterMs: number }
  | { outcome: 'refused'; retryAfterMs: number }
  | { outcome: 'ended'; status: Outcome }
);

/** Reading a verification, moving its plan, and asking for a move. */
export function createMoves({ run, keys, record, deadlines, durations }: StoreContext) {
  const ask = async (
    what: 'resend' | 'next',
    id: string,
    tenant: string,
    limitKey: string,
    charge: readonly SendWindow[] | undefined,
    seen: Seen | undefined,
  ): Promise<AskAnswer> => {
    const reply = await run(
      what,
      [record(id), deadlines(id), keys.sends(bucketOfId(id), limitKey)],
      [
        id,
        tenant,
        charge ? '1' : '',
        seen?.step ?? '',
        seen?.send ?? '',
        durations.lifeLeftMinMs,
        ...flatWindows(charge ?? []),
      ],
    );
    return parseAskReply(reply as [AskAnswer['outcome'], number, number | Outcome]);
  };
  return {
    /** @returns waitsFor: what keeps it from being moved or sent (undefined: nothing), or from being known, while its bucket recovers */
    async read(id: string): Promise<{
      now: number;
      verification: Verification | undefined;
      waitsFor: Exclude<RecoveryPhase, 'ready'> | undefined;
    }> {
      const reply = await run('read', [record(id), keys.marker(bucketOfId(id))], []);
      const [now, fields, phase] = reply as [number, string[], Exclude<RecoveryPhase, 'ready'> | ''];
      return { now, verification: parseRecord(id, fields), waitsFor: phase === '' ? undefined : phase };
    },

    /** Calls for a look at a live one as soon as deadlines are looked at again. */
    async callAgain(id: string): Promise<{ outcome: 'called' | 'ended'; now: number }> {
      const reply = (await run('callAgain', [record(id), deadlines(id)], [id])) as ['called' | 'ended', number];
      return { outcome: reply[0], now: reply[1] };
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

    /**
     * @param charge the recipient's send windows, where its limits live in this verification's bucket
     * @param seen where the caller saw it when it chose the recipient
     */
    async resend(
      id: string,
      tenant: string,
      limitKey: string,
      charge: readonly SendWindow[] | undefined,
      seen?: Seen,
    ): Promise<AskAnswer> {
      return ask('resend', id, tenant, limitKey, charge, seen);
    },

    /** As `resend`, for the recipient of the next step. */
    async next(
      id: string,
      tenant: string,
      limitKey = '',
      charge?: readonly SendWindow[],
      seen?: Seen,
    ): Promise<AskAnswer> {
      return ask('next', id, tenant, limitKey, charge, seen);
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

type Seen = Pick<Verification, 'step' | 'send'>;

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
    case 'tooLate':
    case 'moved':
      return { outcome, now };
  }
}
