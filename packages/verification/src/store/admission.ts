import type { StoreContext } from './context.ts';
import { bucketOfId } from './keys.ts';
import { flatWindows, type SendWindow } from './limits.ts';
import { packRequest, type AdmittedRequest } from '../model/admitted-request.ts';
import type { OutboxEntry } from './outbox.ts';

/** Ms that a life may be over and is still brought back: as long as a tombstone stays. */
const ENDED_MAX_MS = 600_000;

export interface AdmitInput {
  id: string;
  tenant: string;
  purpose: string;
  request: AdmittedRequest;
  lifeMs: number;
  windows: readonly SendWindow[];
}

export type AdmitAnswer =
  | { outcome: 'created' | 'exists'; now: number }
  | { outcome: 'joined'; now: number; id: string; entry: OutboxEntry | undefined }
  | { outcome: 'refused'; now: number; retryAfterMs: number };

/** Where an admission's parts live: all in the bucket that its id names. */
function placesOf({ keys }: StoreContext, id: string, request: AdmittedRequest) {
  const bucket = bucketOfId(id);
  const first = request.recipients[request.workflow[0]!.recipient]!;
  return {
    record: keys.record(id),
    lookup: keys.lookup(bucket, request.lookup),
    sends: keys.sends(bucket, first.limit_key),
    deadlines: keys.deadlines(bucket),
    outbox: keys.outbox(bucket),
    records: keys.recordPrefix(bucket),
  };
}

/** How a verification comes to be, and is taken back. */
export function createAdmission(context: StoreContext) {
  const { run, entry, durations, owner, random } = context;
  return {
    async admit(input: AdmitInput): Promise<AdmitAnswer> {
      const { id, request } = input;
      const { record, lookup, sends, deadlines, outbox, records } = placesOf(context, id, request);
      const reply = (await run(
        'admit',
        [record, lookup, sends, deadlines, outbox, records],
        [
          id,
          input.tenant,
          input.purpose,
          request.lookup,
          packRequest(request),
          input.lifeMs,
          request.checks_max,
          request.workflow.length,
          request.workflow[0]!.channel,
          request.cooldown_ms,
          request.client_reference ?? '',
          durations.admittedMs,
          owner,
          random(),
          durations.lifeLeftMinMs,
          request.traceparent ?? '',
          ...flatWindows(input.windows),
        ],
      )) as ['created' | 'exists' | 'joined' | 'refused', number, number, string?, unknown?];
      const [outcome, now] = reply;
      switch (outcome) {
        case 'created':
        case 'exists':
          return { outcome, now };
        case 'refused':
          return { outcome, now, retryAfterMs: reply[2] };
        case 'joined':
          return { outcome, now, id: reply[3]!, entry: entry(id, reply[4]) };
      }
    },

    /** @param recovers also creates what has just expired, and calls for a look at once */
    async restore(
      id: string,
      request: AdmittedRequest,
      at: { createdAt: number; expiresAt: number },
      longestWindowMs: number,
      recovers = false,
    ): Promise<{ outcome: 'restored' | 'exists' | 'expired'; now: number }> {
      const { record, lookup, sends, deadlines, records } = placesOf(context, id, request);
      const reply = (await run(
        'restore',
        [record, lookup, sends, deadlines, records],
        [
          id,
          request.tenant,
          request.purpose,
          request.lookup,
          packRequest(request),
          at.createdAt,
          at.expiresAt,
          request.checks_max,
          request.workflow.length,
          request.workflow[0]!.channel,
          request.cooldown_ms,
          request.client_reference ?? '',
          recovers ? 0 : durations.admittedMs,
          longestWindowMs,
          recovers ? ENDED_MAX_MS : 0,
          request.traceparent ?? '',
        ],
      )) as ['restored' | 'exists' | 'expired', number];
      return { outcome: reply[0], now: reply[1] };
    },

    async abandon(
      id: string,
      request: AdmittedRequest,
    ): Promise<{ outcome: 'abandoned' | 'kept' | 'gone'; now: number }> {
      const { record, lookup, sends, deadlines } = placesOf(context, id, request);
      const reply = (await run('abandon', [record, sends, deadlines, lookup], [id])) as [
        'abandoned' | 'kept' | 'gone',
        number,
      ];
      return { outcome: reply[0], now: reply[1] };
    },
  };
}
