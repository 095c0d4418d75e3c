import type { Outcome } from '@watchword/contracts';
import type { CheckInput } from '../../store/endings.ts';
import { isGap, isLive, isSubmitting, type Attempt, type Verification } from '../state.ts';
import {
  NO_DEADLINES,
  change,
  find,
  findOfTenant,
  traceField,
  transition,
  withDeadlines,
  type GateEvent,
  type Transition,
  type World,
} from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** A caller is never told to come back at once. */
const LOCKED_MIN_MS = 1_000;

/** Shrinks a verification to what may be known of it after its end, and says how it ended. */
function end(
  world: World,
  record: Verification,
  status: Outcome,
  now: number,
  generation = 0,
): { world: World; event: GateEvent } {
  // a lost attempt is taken over after the end too: its event must exist
  const lease = record.attempts.some(isSubmitting) ? record.lease : 0;
  const shrunk = change(world, record, {
    status,
    endedAt: now,
    lookup: '',
    request: undefined,
    tags: {},
    sendState: 'none',
    stepDeadline: 0,
    lease,
    command: '',
    asked: '',
    nextResendAt: 0,
    promised: false,
  });
  const typed = generation === 0 ? undefined : attemptOf(record, generation);
  const sent = record.attempts
    .filter((attempt) => !isGap(attempt) && (attempt.state === 'accepted' || attempt.state === 'unknown'))
    .map(({ provider, channel, country, operator, claimedAt, receipt }) =>
      [provider, channel, country, operator, claimedAt, receipt].join('|'),
    )
    .join(';');
  const fields = {
    tenant: record.tenant,
    purpose: record.purpose,
    outcome: status,
    createdAt: String(record.createdAt),
    checksUsed: String(record.checksUsed),
    attempts: String(record.attempts.length),
    generation: generation === 0 ? '' : String(generation),
    ...(generation > 0 && record.approvedBy !== '' && { approvedBy: record.approvedBy }),
    ...(typed && {
      attempt: String(typed.k),
      provider: typed.attempt.provider,
      channel: typed.attempt.channel,
      country: typed.attempt.country,
      operator: typed.attempt.operator,
      submittedAt: String(typed.attempt.claimedAt),
      ...(typed.attempt.receipt !== '' && { receipt: typed.attempt.receipt }),
    }),
    ...(status === 'canceled' && sent !== '' && { withdrawn: sent }),
    ...traceField(record),
  };
  return {
    world: withDeadlines(shrunk, record.id, { ...NO_DEADLINES, lease }),
    event: { kind: 'outcome', id: record.id, version: record.version + 1, at: now, fields },
  };
}

/** The attempt whose code was typed: a generation is used again only after a definite rejection, so at most one is left. */
function attemptOf(record: Verification, generation: number): { k: number; attempt: Attempt } | undefined {
  const index = record.attempts.findLastIndex(
    (attempt) => attempt.generation === generation && attempt.state !== 'rejected',
  );
  return index < 0 ? undefined : { k: index + 1, attempt: record.attempts[index]! };
}

export type CheckAnswer = { now: number } & (
  | { outcome: 'approved'; generation: number; channel: string }
  | { outcome: 'wrong'; remaining: number }
  | { outcome: 'failed' }
  | { outcome: 'locked'; retryAfterMs: number }
  | { outcome: 'final'; status: Outcome }
  | { outcome: 'unknown' }
);

export function check(world: World, input: CheckInput, now: number): Transition<CheckAnswer> {
  const record = findOfTenant(world, input.id, input.tenant);
  if (!record) return transition(world, { outcome: 'unknown', now });
  if (record.status === 'approved' && input.idempotency !== '' && record.approvedBy === input.idempotency) {
    return transition(world, approval(record, record.approvedGeneration, now));
  }
  if (record.status === 'failed') {
    return transition(world, { outcome: 'locked', now, retryAfterMs: Math.max(record.expiresAt - now, LOCKED_MIN_MS) });
  }
  if (!isLive(record)) return transition(world, { outcome: 'final', now, status: record.status as Outcome });
  if (record.expiresAt <= now) {
    const ended = end(world, record, 'expired', now);
    return transition(ended.world, { outcome: 'final', now, status: 'expired' }, [ended.event]);
  }
  const retryAfterMs = lockedFor(world, record.lookup, input, now);
  if (retryAfterMs > 0) return transition(world, { outcome: 'locked', now, retryAfterMs });
  return judge(world, record, input, now);
}

/** Counts first, then compares. */
function judge(world: World, record: Verification, input: CheckInput, now: number): Transition<CheckAnswer> {
  const used = record.checksUsed + 1;
  const typed = Object.keys(record.tags)
    .map(Number)
    .sort((a, b) => b - a)
    .find((generation) => input.tags.includes(record.tags[generation]!));
  const event: GateEvent = {
    kind: 'check',
    id: record.id,
    version: record.version + 1,
    at: now,
    fields: {
      tenant: record.tenant,
      purpose: record.purpose,
      valid: typed === undefined ? '' : '1',
      generation: typed === undefined ? '' : String(typed),
      checksUsed: String(used),
      checksMax: String(record.checksMax),
      ...traceField(record),
    },
  };
  const judged = change(world, record, {
    checksUsed: used,
    ...(typed !== undefined && { approvedBy: input.idempotency, approvedGeneration: typed }),
  });
  const after = find(judged, record.id)!;
  if (typed !== undefined) {
    const ended = end(judged, after, 'approved', now, typed);
    return transition(ended.world, approval(after, typed, now), [event, ended.event]);
  }
  const counted = countWrong(judged, record.lookup, `${record.id}.${used}`, now);
  if (used < record.checksMax) {
    return transition(counted, { outcome: 'wrong', now, remaining: record.checksMax - used }, [event]);
  }
  const ended = end(counted, after, 'failed', now);
  return transition(ended.world, { outcome: 'failed', now }, [event, ended.event]);
}

function approval(record: Verification, generation: number, now: number): CheckAnswer {
  const channel = attemptOf(record, generation)?.attempt.channel ?? '';
  return { outcome: 'approved', now, generation, channel };
}

function countWrong(world: World, lookup: string, member: string, now: number): World {
  const before = [...(world.wrongChecks.get(lookup) ?? [])].filter(([, at]) => at > now - DAY_MS);
  return { ...world, wrongChecks: new Map(world.wrongChecks).set(lookup, new Map([...before, [member, now]])) };
}

/** How long the recipient's wrong checks, over all its verifications, keep it locked. */
function lockedFor(world: World, lookup: string, input: CheckInput, now: number): number {
  const times = [...(world.wrongChecks.get(lookup)?.values() ?? [])].sort((a, b) => b - a);
  const waits = [
    { spanMs: HOUR_MS, most: input.wrongPerHour },
    { spanMs: DAY_MS, most: input.wrongPerDay },
  ].map(({ spanMs, most }) => {
    const oldest = most > 0 ? times[most - 1] : undefined;
    return oldest === undefined ? 0 : oldest + spanMs - now;
  });
  return Math.max(0, ...waits);
}

export function cancel(
  world: World,
  input: { id: string; tenant: string },
  now: number,
): Transition<{ outcome: 'ended'; now: number; status: Outcome } | { outcome: 'unknown'; now: number }> {
  const record = findOfTenant(world, input.id, input.tenant);
  if (!record) return transition(world, { outcome: 'unknown', now });
  if (!isLive(record)) return transition(world, { outcome: 'ended', now, status: record.status as Outcome });
  const status = record.expiresAt <= now ? 'expired' : 'canceled';
  const ended = end(world, record, status, now);
  return transition(ended.world, { outcome: 'ended', now, status }, [ended.event]);
}

export function fail(
  world: World,
  input: { state: Verification },
  now: number,
): Transition<{ outcome: 'failed' | 'conflict' | 'ended'; now: number }> {
  const record = find(world, input.state.id);
  if (!record || !isLive(record)) return transition(world, { outcome: 'ended', now });
  if (record.version !== input.state.version) return transition(world, { outcome: 'conflict', now });
  const ended = end(world, record, 'undeliverable', now);
  return transition(ended.world, { outcome: 'failed', now }, [ended.event]);
}

export function expire(
  world: World,
  input: { id: string },
  now: number,
): Transition<{ outcome: 'expired' | 'early' | 'ended'; now: number }> {
  const record = find(world, input.id);
  if (!record || !isLive(record)) return transition(world, { outcome: 'ended', now });
  if (record.expiresAt > now) return transition(world, { outcome: 'early', now });
  const ended = end(world, record, 'expired', now);
  return transition(ended.world, { outcome: 'expired', now }, [ended.event]);
}
