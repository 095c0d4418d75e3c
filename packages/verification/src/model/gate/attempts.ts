import { receiptRank, type ErrorClass, type ReceiptStatus } from '@watchword/contracts';
import type { ClaimAnswer, ClaimInput, SettleInput } from '../../store/attempts.ts';
import { bucketOfId } from '../../store/keys.ts';
import { ATTEMPTS_MAX } from '../durations.ts';
import { isFailure, isGap, isLive, isSubmitting, type Attempt, type Verification } from '../state.ts';
import { refundSend } from './limits.ts';
import {
  change,
  changeAttempt,
  find,
  traceField,
  transition,
  withDeadlines,
  type GateEvent,
  type Transition,
  type World,
} from './world.ts';

/** The codes of this many generations stay valid. */
const GENERATIONS_KEPT = 3;

export function claim(world: World, input: ClaimInput & { id: string }, now: number): Transition<ClaimAnswer> {
  const { id, send, tag, cell, decision = '' } = input;
  const record = find(world, id);
  if (!record || !isLive(record) || record.expiresAt <= now) return transition(world, { outcome: 'ended', now });
  if (record.send !== send || record.sendState !== 'open') return transition(world, { outcome: 'stale', now });
  if (record.attempts.some(isSubmitting)) return transition(world, { outcome: 'busy', now });
  if (record.attempts.length >= ATTEMPTS_MAX)
    return transition(closeSend(world, record, now), { outcome: 'exhausted', now });

  const carries = record.attempts.some(
    (attempt) => attempt.generation === record.generation && attempt.state !== 'rejected',
  );
  const generation = carries || record.attempts.length === 0 ? record.generation + 1 : record.generation;
  const attempt: Attempt = {
    ...unpackCell(cell),
    step: record.step,
    send,
    generation,
    claimedAt: now,
    ...EMPTY_RESULT,
    decision,
  };
  const lease = now + world.durations.submitLeaseMs;
  const claimed = change(world, record, {
    attempts: [...record.attempts, attempt],
    generation,
    tags: keepTags({ ...record.tags, [generation]: tag }, generation),
    lease,
    command: '',
  });
  const k = record.attempts.length + 1;
  const restored = new Set(world.restored);
  const recovered = restored.delete(id);
  return transition(withDeadlines({ ...claimed, restored, revised: begunAnew(world, id, k) }, id, { lease }), {
    outcome: 'claimed',
    now,
    k,
    generation,
    recovered,
  });
}

export function settle(
  world: World,
  input: SettleInput,
  now: number,
): Transition<{ outcome: 'settled' | 'revised' | 'repeated' | 'ended' | 'absent'; now: number }> {
  const { id, k } = input;
  const record = find(world, id);
  const attempt = record?.attempts[k - 1];
  if (!record || !attempt || !isSame(attempt, input)) return settleAbsent(world, record, attempt, input, now);
  const name = `${id}.${k}`;
  const revises = attempt.state === 'unknown' && attempt.takenOver && !input.takenOver && !world.revised.has(name);
  if (attempt.state !== 'submitting' && !revises) return transition(world, { outcome: 'repeated', now });

  const ended = !isLive(record) && !revises;
  const written = change(world, record, {
    attempts: changeAttempt(record, k, {
      state: input.state,
      settledAt: now,
      error: input.error ?? '',
      takenOver: input.takenOver || attempt.takenOver,
    }),
    ...(isLive(record) && adoptCode(record, input)),
    ...(ended && { lease: 0 }),
  });
  const event = attemptEvent(record, input, record.version + 1, now, revises);
  if (revises) {
    const revised = { ...written, revised: new Set(written.revised).add(name) };
    return transition(revised, { outcome: 'revised', now }, [event]);
  }
  if (ended) return transition(withDeadlines(written, id, { lease: 0 }), { outcome: 'ended', now }, [event]);
  return transition(followUp(written, find(written, id)!, attempt, input, now), { outcome: 'settled', now }, [event]);
}

/** An attempt that the record does not know: Redis lost it. A live record takes it in, unless k is another attempt there. */
function settleAbsent(
  world: World,
  record: Verification | undefined,
  occupant: Attempt | undefined,
  input: SettleInput,
  now: number,
): Transition<{ outcome: 'absent'; now: number }> {
  const adopts = record !== undefined && isLive(record) && (occupant === undefined || isGap(occupant));
  const version = (world.records.get(input.id)?.version ?? 0) + (adopts ? 1 : 0);
  const event = attemptEvent(record, input, version, now);
  if (!adopts) return transition(world, { outcome: 'absent', now }, [event]);
  const { generation, claimedAt, takenOver, state } = input;
  const attempts = Array.from(
    { length: Math.max(record.attempts.length, input.k) },
    (_, i) => record.attempts[i] ?? GAP,
  );
  attempts[input.k - 1] = {
    ...unpackCell(input.cell),
    step: input.step,
    send: input.send,
    generation,
    claimedAt,
    ...EMPTY_RESULT,
    state,
    settledAt: now,
    error: input.error ?? '',
    takenOver,
    decision: input.decision ?? '',
  };
  const revised = begunAnew(world, input.id, input.k);
  const written = change({ ...world, revised }, record, { attempts, ...adoptCode(record, input) });
  // it closes its send, unless another attempt of it is with a provider by now
  const after = record.attempts.some(isSubmitting)
    ? written
    : followUp(written, find(written, input.id)!, attempts[input.k - 1]!, input, now);
  return transition(after, { outcome: 'absent', now }, [event]);
}

/** The number of an attempt that Redis lost may be another one's later: what was revised of the first says nothing of that. */
function begunAnew(world: World, id: string, k: number): World['revised'] {
  const revised = new Set(world.revised);
  revised.delete(`${id}.${k}`);
  return revised;
}

/** Union of generations: `settle` carries its own, in case the record has lost it. */
function adoptCode(record: Verification, { generation, state, tag }: SettleInput): Partial<Verification> {
  const highest = Math.max(record.generation, generation);
  const known = state === 'rejected' || generation in record.tags;
  const tags = known ? record.tags : { ...record.tags, [generation]: tag };
  return { generation: highest, tags: keepTags(tags, highest) };
}

/** What becomes of the send whose attempt has settled. */
function followUp(world: World, record: Verification, before: Attempt, input: SettleInput, now: number): World {
  if (record.send !== input.send || record.sendState !== 'open') return world;
  const { following } = input;
  const goesOn = following.next === 'continue' || following.next === 'backoff';
  const delayMs = following.next === 'backoff' ? following.delayMs : 0;
  const lease = goesOn ? now + delayMs + world.durations.queueLeaseMs : 0;
  // no version of its own: one script, one change
  const sendState = following.next === 'continue' || following.next === 'backoff' ? 'open' : following.next;
  const refunded = sendState === 'failed' ? refundFailed(world, record) : world;
  const written: World = {
    ...refunded,
    records: new Map(world.records).set(record.id, { ...record, lease, sendState }),
  };
  const late = record.stepDeadline > 0 && record.stepDeadline <= now;
  const movesOn = late || (!goesOn && (sendState !== 'accepted' || isFailure(before.receipt)));
  return withDeadlines(written, record.id, { lease, ...((movesOn || record.asked !== '') && { step: now }) });
}

export function giveUp(
  world: World,
  input: { id: string; send: number },
  now: number,
): Transition<{ outcome: 'closed' | 'stale'; now: number }> {
  const record = find(world, input.id);
  const open = record?.status === 'pending' && record.send === input.send && record.sendState === 'open';
  if (!open || record.attempts.some(isSubmitting)) return transition(world, { outcome: 'stale', now });
  return transition(closeSend(world, record, now), { outcome: 'closed', now });
}

function closeSend(world: World, record: Verification, now: number): World {
  const out = record.attempts.some(({ send, state }) => send === record.send && state !== 'rejected');
  const refunded = out ? world : refundFailed(world, record);
  const closed = change(refunded, record, { sendState: out ? 'unknown' : 'failed', lease: 0, command: '' });
  return withDeadlines(closed, record.id, { lease: 0, step: now });
}

/** What has surely not gone out does not count, where the recipient's limits live beside the record. */
function refundFailed(world: World, record: Verification): World {
  const { workflow, recipients } = record.request!;
  const recipient = recipients[workflow[record.step]!.recipient]!;
  if (recipient.limit_bucket !== bucketOfId(record.id)) return world;
  return refundSend(world, recipient.limit_key, `${record.id}.${record.send}`);
}

export function foldReceipt(
  world: World,
  input: { id: string; k: number; status: ReceiptStatus; error: ErrorClass | undefined },
  now: number,
): Transition<{ outcome: 'folded' | 'kept' | 'unmatched'; now: number; moves: boolean }> {
  const { id, k, status, error } = input;
  const record = find(world, id);
  const attempt = record?.attempts[k - 1];
  if (!record || !attempt || isGap(attempt)) return transition(world, { outcome: 'unmatched', now, moves: false });
  const rank = attempt.receipt === '' ? 0 : receiptRank(attempt.receipt);
  if (rank >= receiptRank(status)) return transition(world, { outcome: 'kept', now, moves: false });
  const folded = change(world, record, {
    attempts: changeAttempt(record, k, { receipt: status, receiptError: error ?? '', receiptAt: now }),
  });
  const { sendState, send } = record;
  const waited = sendState === 'failed' || (sendState !== 'open' && attempt.send === send);
  const moves = isFailure(status) && record.status === 'pending' && waited;
  return transition(moves ? withDeadlines(folded, id, { step: now }) : folded, { outcome: 'folded', now, moves });
}

/** What is known of a send that an attempt's late word changes no more. */
function stateOfSend({ send, sendState, status }: Verification, of: number): string {
  return of === send && (status === 'admitted' || status === 'pending') ? sendState : '';
}

function goesOn({ next }: SettleInput['following']): boolean {
  return next === 'continue' || next === 'backoff';
}

/** @param revises a worker's late word on an attempt that was taken over: its send is as the record has it */
function attemptEvent(
  record: Verification | undefined,
  input: SettleInput,
  version: number,
  now: number,
  revises = false,
): GateEvent {
  const following = goesOn(input.following) ? 'open' : input.following.next;
  const fields = {
    tenant: input.tenant,
    purpose: input.purpose,
    attempt: String(input.k),
    cell: input.cell,
    step: String(input.step),
    send: String(input.send),
    generation: String(input.generation),
    tag: input.tag,
    state: input.state,
    error: input.error ?? '',
    claimedAt: String(input.claimedAt),
    takenOver: input.takenOver ? '1' : '',
    revised: revises ? '1' : '',
    withdrawn: record?.status === 'canceled' ? '1' : '',
    details: JSON.stringify(input.details),
    sendState: revises && record ? stateOfSend(record, input.send) : following,
    ...(record && traceField(record)),
  };
  return { kind: 'attempt', id: input.id, version, at: now, fields };
}

function isSame(attempt: Attempt, input: SettleInput): boolean {
  const cell = unpackCell(input.cell);
  return (
    attempt.claimedAt === input.claimedAt &&
    attempt.step === input.step &&
    attempt.send === input.send &&
    attempt.generation === input.generation &&
    attempt.provider === cell.provider &&
    attempt.channel === cell.channel &&
    attempt.country === cell.country &&
    attempt.operator === cell.operator
  );
}

const EMPTY_RESULT = {
  state: 'submitting',
  settledAt: 0,
  error: '',
  receipt: '',
  receiptError: '',
  receiptAt: 0,
  takenOver: false,
} as const;

/** What `isGap` finds. */
const GAP: Attempt = {
  provider: '',
  channel: undefined as unknown as Attempt['channel'],
  country: '',
  operator: '',
  step: 0,
  send: 0,
  generation: 0,
  claimedAt: 0,
  ...EMPTY_RESULT,
  state: 'unknown',
  decision: '',
};

function unpackCell(cell: string): Pick<Attempt, 'provider' | 'channel' | 'country' | 'operator'> {
  const [provider, channel, country, operator] = cell.split('|');
  return { provider: provider!, channel: channel as Attempt['channel'], country: country!, operator: operator! };
}

function keepTags(tags: Readonly<Record<number, string>>, highest: number): Record<number, string> {
  const kept = Object.entries(tags).filter(([generation]) => Number(generation) > highest - GENERATIONS_KEPT);
  return Object.fromEntries(kept);
}
