import type { Durations } from '../durations.ts';
import type { Attempt, Verification } from '../state.ts';

/**
 * The gate as a pure model: what its scripts keep and answer, told a second time in TypeScript, after the design and not after
 * the Lua. A property test (`model-agrees.test.ts`) interleaves both at random and demands that they agree. Every function
 * is `(world, input, now) → Transition`, with the input of the typed caller of the same name and the `now` that its script
 * used.
 */
export interface World {
  readonly durations: Durations;
  readonly records: ReadonlyMap<string, GateRecord>;
  /** `<id>|<kind>` → when it calls. */
  readonly deadlines: ReadonlyMap<string, number>;
  /** By limit key. */
  readonly sends: ReadonlyMap<string, SendLog>;
  /** Wrong checks by lookup: member → when. */
  readonly wrongChecks: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly lookups: ReadonlyMap<string, { readonly id: string; readonly expiresAt: number }>;
  /** Attempt ids whose worker has had its word after a takeover. */
  readonly revised: ReadonlySet<string>;
  /** Restored and not claimed since: what is sent next may have been sent before. */
  readonly restored: ReadonlySet<string>;
}

/** An admission that was taken back: it remembers only that it was. */
interface Abandoned {
  readonly id: string;
  readonly status: 'abandoned';
  readonly version: number;
}
export type GateRecord = Verification | Abandoned;

/** What was sent to one recipient: member → when; gone at `expiresAt`. */
export interface SendLog {
  readonly members: ReadonlyMap<string, number>;
  readonly expiresAt: number;
}

/** An outbox entry without its owner and its random part. */
export interface GateEvent {
  readonly kind: 'request' | 'attempt' | 'check' | 'outcome';
  readonly id: string;
  readonly version: number;
  readonly at: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** What every event of a traced verification carries. */
export function traceField({ traceparent }: Pick<Verification, 'traceparent'>): { traceparent?: string } {
  return traceparent === '' ? {} : { traceparent };
}

export interface Transition<Reply> {
  readonly world: World;
  readonly reply: Reply;
  readonly events: readonly GateEvent[];
}

export function createWorld(durations: Durations): World {
  const empty = new Map<string, never>();
  return {
    durations,
    records: empty,
    deadlines: empty,
    sends: empty,
    wrongChecks: empty,
    lookups: empty,
    revised: new Set(),
    restored: new Set(),
  };
}

export function transition<Reply>(world: World, reply: Reply, events: readonly GateEvent[] = []): Transition<Reply> {
  return { world, reply, events };
}

/** The record, unless there is none or it was taken back. */
export function find(world: World, id: string): Verification | undefined {
  const record = world.records.get(id);
  return record === undefined || record.status === 'abandoned' ? undefined : record;
}

/** The record as one tenant sees it. */
export function findOfTenant(world: World, id: string, tenant: string): Verification | undefined {
  const record = find(world, id);
  return record?.tenant === tenant ? record : undefined;
}

/** Writes a record; every change of a verification raises its version. */
export function change(world: World, before: Verification, fields: Partial<Verification>): World {
  return withRecord(world, { ...before, ...fields, version: before.version + 1 });
}

export function withRecord(world: World, record: GateRecord): World {
  return { ...world, records: new Map(world.records).set(record.id, record) };
}

export function changeAttempt(record: Verification, k: number, fields: Partial<Attempt>): readonly Attempt[] {
  return record.attempts.map((attempt, i) => (i === k - 1 ? { ...attempt, ...fields } : attempt));
}

export type DeadlineKind = 'admitted' | 'lease' | 'step' | 'life';

/** Sets deadlines of one verification; 0 takes one away. */
export function withDeadlines(world: World, id: string, at: Partial<Record<DeadlineKind, number>>): World {
  const deadlines = new Map(world.deadlines);
  for (const [kind, time] of Object.entries(at)) {
    if (time === 0) deadlines.delete(`${id}|${kind}`);
    else deadlines.set(`${id}|${kind}`, time);
  }
  return { ...world, deadlines };
}

export const NO_DEADLINES = { admitted: 0, lease: 0, step: 0, life: 0 };

/** The id that a lookup names, while its key lasts. */
export function lookUp(world: World, lookup: string, now: number): string | undefined {
  const entry = world.lookups.get(lookup);
  return entry !== undefined && entry.expiresAt > now ? entry.id : undefined;
}
