import type { AdmitInput } from '../../store/admission.ts';
import { packRequest, type AdmittedRequest } from '../admitted-request.ts';
import { isLive, type Verification } from '../state.ts';
import { chargeSend, refundSend } from './limits.ts';
import {
  NO_DEADLINES,
  traceField,
  change,
  find,
  lookUp,
  transition,
  withDeadlines,
  withRecord,
  type Transition,
  type World,
} from './world.ts';

export type AdmitReply =
  | { outcome: 'created' | 'exists'; now: number }
  | { outcome: 'joined'; now: number; id: string }
  | { outcome: 'refused'; now: number; retryAfterMs: number };

export function admit(world: World, input: AdmitInput, now: number): Transition<AdmitReply> {
  const { id, request } = input;
  if (find(world, id)) return transition(world, { outcome: 'exists', now });
  const otherId = lookUp(world, request.lookup, now);
  const other = otherId === undefined ? undefined : find(world, otherId);
  if (other && isLive(other) && isWorthJoining(world, other, now)) return join(world, other, now);

  const { world: charged, charged: answer } = chargeSend(world, limitKeyOf(request), `${id}.1`, now, input.windows);
  if (answer.outcome === 'refused') {
    return transition(world, { outcome: 'refused', now, retryAfterMs: answer.retryAfterMs });
  }
  const expiresAt = now + input.lifeMs;
  const version = (world.records.get(id)?.version ?? 0) + 1;
  const created = create(charged, { ...input, version }, { createdAt: now, expiresAt }, now);
  return transition(withLookup(created, request.lookup, id, expiresAt), { outcome: 'created', now });
}

/** Within the cool-down nothing is sent anyway; past it a message needs some life left. */
function isWorthJoining(world: World, other: Verification, now: number): boolean {
  const left = other.expiresAt - now;
  return left > 0 && (other.nextResendAt > now || left >= world.durations.lifeLeftMinMs);
}

/** Whoever joins an `admitted` one is promised it: its request goes into the outbox, once. */
function join(world: World, other: Verification, now: number): Transition<AdmitReply> {
  const reply: AdmitReply = { outcome: 'joined', now, id: other.id };
  if (other.status !== 'admitted' || other.promised) return transition(world, reply);
  const { tenant, purpose, lookup, clientReference } = other;
  const fields = {
    tenant,
    purpose,
    lookup,
    clientReference,
    request: packRequest(other.request!),
    createdAt: String(other.createdAt),
    expiresAt: String(other.expiresAt),
    ...traceField(other),
  };
  const event = { kind: 'request', id: other.id, version: other.version + 1, at: now, fields } as const;
  return transition(change(world, other, { promised: true }), reply, [event]);
}

function create(
  world: World,
  input: { id: string; version: number; request: AdmittedRequest; tenant: string; purpose: string },
  at: { createdAt: number; expiresAt: number },
  now: number,
): World {
  const { id, version, request } = input;
  const record: Verification = {
    id,
    version,
    status: 'admitted',
    tenant: input.tenant,
    purpose: input.purpose,
    ...at,
    endedAt: 0,
    clientReference: request.client_reference ?? '',
    lookup: request.lookup,
    request,
    traceparent: request.traceparent ?? '',
    checksMax: request.checks_max,
    checksUsed: 0,
    generation: 0,
    tags: {},
    attempts: [],
    step: 0,
    steps: request.workflow.length,
    channel: request.workflow[0]!.channel,
    send: 0,
    sendState: 'none',
    stepDeadline: 0,
    lease: 0,
    command: '',
    asked: '',
    nextResendAt: at.createdAt + request.cooldown_ms,
    promised: false,
    approvedBy: '',
    approvedGeneration: 0,
  };
  const admitted = now + world.durations.admittedMs;
  const restored = new Set(world.restored);
  restored.delete(id);
  return withDeadlines(withRecord({ ...world, restored }, record), id, { admitted, life: at.expiresAt });
}

export function restore(
  world: World,
  input: {
    id: string;
    request: AdmittedRequest;
    at: { createdAt: number; expiresAt: number };
    longestWindowMs: number;
  },
  now: number,
): Transition<{ outcome: 'restored' | 'exists' | 'expired'; now: number }> {
  const { id, request, at } = input;
  if (world.records.has(id)) return transition(world, { outcome: 'exists', now });
  if (at.expiresAt <= now) return transition(world, { outcome: 'expired', now });
  const { tenant, purpose, lookup } = request;
  const created = create(world, { id, version: now, request, tenant, purpose }, at, now);
  const otherId = lookUp(world, lookup, now);
  const other = otherId === undefined ? undefined : find(world, otherId);
  const newest = other === undefined || other.createdAt <= at.createdAt;
  const named = newest ? withLookup(created, lookup, id, at.expiresAt) : created;
  const key = limitKeyOf(request);
  const before = world.sends.get(key);
  const members = new Map(before && before.expiresAt >= now ? before.members : []).set(`${id}.1`, at.createdAt);
  const sends = new Map(world.sends).set(key, { members, expiresAt: now + input.longestWindowMs });
  const restored = new Set(world.restored).add(id);
  return transition({ ...named, sends, restored }, { outcome: 'restored', now });
}

export function abandon(
  world: World,
  input: { id: string; request: AdmittedRequest },
  now: number,
): Transition<{ outcome: 'abandoned' | 'kept' | 'gone'; now: number }> {
  const { id, request } = input;
  const record = find(world, id);
  if (!world.records.has(id)) return transition(world, { outcome: 'gone', now });
  if (record?.status !== 'admitted' || record.promised) return transition(world, { outcome: 'kept', now });
  const tombstone = withRecord(world, { id, status: 'abandoned', version: record.version + 1 });
  const refunded = refundSend(tombstone, limitKeyOf(request), `${id}.1`);
  const lookups = new Map(refunded.lookups);
  if (lookups.get(request.lookup)?.id === id) lookups.delete(request.lookup);
  const quiet = withDeadlines({ ...refunded, lookups }, id, NO_DEADLINES);
  return transition(quiet, { outcome: 'abandoned', now });
}

function limitKeyOf(request: AdmittedRequest): string {
  return request.recipients[request.workflow[0]!.recipient]!.limit_key;
}

function withLookup(world: World, lookup: string, id: string, expiresAt: number): World {
  return { ...world, lookups: new Map(world.lookups).set(lookup, { id, expiresAt }) };
}
