import { BaseError, type AttemptState, type Channel, type ErrorClass, type ReceiptStatus } from '@watchword/contracts';
import { unpackRequest, type AdmittedRequest } from '../model/admitted-request.ts';
import type { Attempt, SendState, Verification } from '../model/state.ts';

/** The schema number that this version writes; it reads the one before, too. */
const SCHEMA = 1;
/** Before it there was none. */
const SCHEMA_OLDEST_READ = 1;

/** A record's fields as Redis answers them (`_record.lua` lists them), or undefined for none and for an abandoned one. */
export function parseRecord(id: string, flat: readonly string[]): Verification | undefined {
  const raw = new Map<string, string>();
  for (let i = 0; i < flat.length; i += 2) raw.set(flat[i]!, flat[i + 1]!);
  const status = raw.get('st');
  if (status === undefined || status === 'abandoned') return undefined;
  guardSchema(id, raw.get('sc') ?? '');
  const text = (field: string): string => raw.get(field) ?? '';
  const number = (field: string): number => Number(raw.get(field) ?? 0);
  return {
    id,
    version: number('ve'),
    status: status as Verification['status'],
    tenant: text('tn'),
    purpose: text('pu'),
    createdAt: number('ca'),
    expiresAt: number('ea'),
    endedAt: number('en'),
    clientReference: text('cr'),
    lookup: text('lk'),
    request: parseRequest(raw),
    traceparent: text('tp'),
    checksMax: number('cm'),
    checksUsed: number('cu'),
    generation: number('ge'),
    tags: parseTags(raw),
    attempts: Array.from({ length: number('at') }, (_, i) => parseAttempt(raw, i + 1)),
    step: number('sp'),
    steps: number('sn'),
    channel: text('ch') as Channel,
    send: number('se'),
    sendState: (text('so') || 'none') as SendState,
    stepDeadline: number('sd'),
    lease: number('le'),
    command: text('cd'),
    asked: text('ak') as Verification['asked'],
    nextResendAt: number('ns'),
    promised: text('pr') === '1',
    approvedBy: text('ip'),
    approvedGeneration: number('ig'),
  };
}

/**
 * A record of a newer version is held back until this process is replaced in the roll-out, however often it is met: its event
 * is not committed, its job and its deadline wait. One that is older than this version can read is nobody's any more.
 */
function guardSchema(id: string, found: string): void {
  const schema = Number(found);
  if (schema >= SCHEMA_OLDEST_READ && schema <= SCHEMA) return;
  throw new BaseError('OTP_STATE_SCHEMA', `a record has schema ${found}, and ${SCHEMA} is known here`, {
    retry: schema > SCHEMA,
    context: { id },
  });
}

/** A long text as `_record.lua` stores it; '' for none. */
function joinPieces(raw: ReadonlyMap<string, string>, prefix: string): string {
  let text = '';
  for (let n = 0; ; n++) {
    const piece = raw.get(`${prefix}${n}`);
    if (piece === undefined) return text;
    text += piece;
  }
}

function parseRequest(raw: ReadonlyMap<string, string>): AdmittedRequest | undefined {
  const packed = joinPieces(raw, 'q');
  if (packed === '') return undefined;
  const text = (field: string): string => raw.get(field) ?? '';
  return unpackRequest(packed, {
    tenant: text('tn'),
    purpose: text('pu'),
    lookup: text('lk'),
    clientReference: text('cr'),
    traceparent: text('tp'),
  });
}

function parseTags(raw: ReadonlyMap<string, string>): Record<number, string> {
  const tags: Record<number, string> = {};
  for (const [field, value] of raw) {
    if (/^g\d+$/.test(field)) tags[Number(field.slice(1))] = value;
  }
  return tags;
}

/**
 * A record that was restored may know a later attempt and not yet an earlier one: that one reads as unknown, of no provider,
 * step 0 and send 0 (no send of ours), see `isGap`.
 */
function parseAttempt(raw: ReadonlyMap<string, string>, k: number): Attempt {
  const partsOf = (field: string): string[] => (raw.get(field) ?? '').split('|');
  const [provider, channel, country, operator, step, send, generation, claimedAt] = partsOf(`a${k}`);
  const [state, settledAt, error, receipt, receiptError, receiptAt, takenOver] = partsOf(`r${k}`);
  return {
    provider: provider ?? '',
    channel: channel as Channel,
    country: country ?? '',
    operator: operator ?? '',
    step: Number(step ?? 0),
    send: Number(send ?? 0),
    generation: Number(generation ?? 0),
    claimedAt: Number(claimedAt ?? 0),
    state: (state || 'unknown') as AttemptState,
    settledAt: Number(settledAt ?? 0),
    error: (error ?? '') as ErrorClass | '',
    receipt: (receipt ?? '') as ReceiptStatus | '',
    receiptError: (receiptError ?? '') as ErrorClass | '',
    receiptAt: Number(receiptAt ?? 0),
    takenOver: takenOver === '1' || takenOver === '2',
    decision: joinPieces(raw, `d${k}.`),
  };
}
