import {
  parseAttemptId,
  type AttemptEvent,
  type CheckEvent,
  type OutcomeEvent,
  type RequestEvent,
} from '@watchword/contracts';
import type { createAdmission } from './admission.ts';
import { packCell } from './attempts.ts';
import type { StoreContext } from './context.ts';
import { bucketOfId } from './keys.ts';
import type { OutboxEntry } from './outbox.ts';

/** `kept`: nothing of it was new. `unknown`: the record is not there. `other`: an attempt of this number is there, but another one. */
export type Merged = 'merged' | 'kept' | 'unknown' | 'other';

/**
 * Merges events into what Redis still has. Any number of times and in any order, but for a request, which comes before the rest of
 * its verification: what is merged once changes nothing again.
 */
export function createMerging(context: StoreContext, { restore }: Pick<ReturnType<typeof createAdmission>, 'restore'>) {
  const { run, keys, record, deadlines, outbox, entry, owner, random } = context;

  /** Limits of a recipient that live in another bucket. */
  async function charge(bucket: number, limitKey: string, member: string, at: number, forMs: number): Promise<void> {
    await run('carry', [keys.sends(bucket, limitKey)], [forMs, at, member]);
  }

  return {
    async restoreRequest(event: RequestEvent, longestWindowMs: number): Promise<Merged | 'expired'> {
      const { verification_id: id, version: _, created_at: createdAt, expires_at: expiresAt, ...request } = event;
      const { outcome } = await restore(id, request, { createdAt, expiresAt }, longestWindowMs, true);
      return outcome === 'restored' ? 'merged' : outcome === 'exists' ? 'kept' : 'expired';
    },

    /**
     * @param longestWindowMs how long its send counts against its recipient at least
     * @param decision why its provider was chosen, as packages/routing packs it; left out where the event does not tell
     */
    async restoreAttempt(event: AttemptEvent, longestWindowMs: number, decision = ''): Promise<Merged> {
      const { verification_id: id, send, claimed_at: claimedAt } = event;
      const bucket = bucketOfId(id);
      const reply = (await run(
        'restoreAttempt',
        [record(id), deadlines(id), keys.sendsPrefix(bucket)],
        [
          id,
          parseAttemptId(event.attempt_id)?.k ?? 0,
          event.state,
          event.error ?? '',
          event.send_state ?? '',
          event.generation,
          event.tag,
          packCell(event),
          event.step,
          send,
          claimedAt,
          event.settled_at,
          event.taken_over ? '1' : event.revised ? '2' : '',
          event.version,
          bucket,
          longestWindowMs,
          decision,
        ],
      )) as [Merged, number, number | '', string];
      const [outcome, , elsewhere, limitKey] = reply;
      if (typeof elsewhere === 'number') await charge(elsewhere, limitKey, `${id}.${send}`, claimedAt, longestWindowMs);
      return outcome;
    },

    async restoreOutcome(event: OutcomeEvent): Promise<Merged> {
      const id = event.verification_id;
      const [outcome] = (await run(
        'restoreOutcome',
        [record(id), deadlines(id)],
        [
          id,
          event.outcome,
          event.ended_at,
          event.checks_used,
          event.generation ?? '',
          event.version,
          event.approved_by ?? '',
        ],
      )) as [Merged, number];
      return outcome;
    },

    /** @returns entries: the outcome, where nothing but this check tells how it ended */
    async restoreCheck(event: CheckEvent): Promise<{ outcome: Merged; entries: (OutboxEntry | undefined)[] }> {
      const id = event.verification_id;
      const [outcome, , emitted] = (await run(
        'restoreCheck',
        [record(id), deadlines(id), outbox(id), keys.wrongChecksPrefix(bucketOfId(id))],
        [
          id,
          event.valid ? '1' : '',
          event.generation ?? '',
          event.checks_used,
          event.checks_max,
          event.checked_at,
          event.version,
          owner,
          random(),
        ],
      )) as [Merged, number, unknown];
      return { outcome, entries: [entry(id, emitted)] };
    },
  };
}
