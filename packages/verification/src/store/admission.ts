import type { StoreContext } from './context.ts';
import { bucketOfId } from './keys.ts';
import { flatWindows, type SendWindow } from './limits.ts';
import type { AdmittedRequest, OutboxEntry } from './outbox.ts';

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

/** How a verification comes to be, and is taken back. */
export function createAdmission({ run, keys, record, entry, durations, owner, random }: StoreContext) {
  return {
    async admit(input: AdmitInput): Promise<AdmitAnswer> {
      const { id, request } = input;
      const bucket = bucketOfId(id);
      const first = request.recipients[request.workflow[0]!.recipient]!;
      const reply = (await run(
        'admit',
        [
          record(id),
          keys.lookup(bucket, request.lookup),
          keys.sends(bucket, first.limit_key),
          keys.deadlines(bucket),
          keys.outbox(bucket),
          keys.recordPrefix(bucket),
        ],
        [
          id,
          input.tenant,
          input.purpose,
          request.lookup,
          JSON.stringify(request),
          input.lifeMs,
          request.checks_max,
          request.workflow.length,
          request.workflow[0]!.channel,
          request.cooldown_ms,
          request.client_reference ?? '',
          durations.admittedMs,
          owner,
          random(),
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

    async restore(
      id: string,
      request: AdmittedRequest,
      at: { createdAt: number; expiresAt: number },
      longestWindowMs: number,
    ): Promise<{ outcome: 'restored' | 'exists' | 'expired'; now: number }> {
      const bucket = bucketOfId(id);
      const first = request.recipients[request.workflow[0]!.recipient]!;
      const reply = (await run(
        'restore',
        [
          record(id),
          keys.lookup(bucket, request.lookup),
          keys.sends(bucket, first.limit_key),
          keys.deadlines(bucket),
          keys.recordPrefix(bucket),
        ],
        [
          id,
          request.tenant,
          request.purpose,
          request.lookup,
          JSON.stringify(request),
          at.createdAt,
          at.expiresAt,
          request.checks_max,
          request.workflow.length,
          request.workflow[0]!.channel,
          request.cooldown_ms,
          request.client_reference ?? '',
          durations.admittedMs,
          longestWindowMs,
        ],
      )) as ['restored' | 'exists' | 'expired', number];
      return { outcome: reply[0], now: reply[1] };
    },

    async abandon(id: string, request: AdmittedRequest): Promise<{ outcome: 'abandoned' | 'kept'; now: number }> {
      const bucket = bucketOfId(id);
      const first = request.recipients[request.workflow[0]!.recipient]!;
      const reply = (await run(
        'abandon',
        [record(id), keys.sends(bucket, first.limit_key), keys.deadlines(bucket), keys.lookup(bucket, request.lookup)],
        [id],
      )) as ['abandoned' | 'kept', number];
      return { outcome: reply[0], now: reply[1] };
    },
  };
}
