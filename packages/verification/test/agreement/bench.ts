import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { createStore, type OutboxEntry, type VerificationStore } from '../../src/index.ts';
import { createWorld, find, sendsAt, type GateEvent, type Transition, type World } from '../../src/model/gate.ts';
import type { Decision, Verification } from '../../src/index.ts';
import { makeWhole } from '../make-whole.ts';
import { expectInvariants } from './invariants.ts';
import { takeSnapshot, type Snapshot } from './snapshot.ts';
import { BUCKETS_USED, CANDIDATES, DURATIONS, LOOKUPS, OWNER, RECIPIENTS, type Candidate } from './universe.ts';

/** A worker between its claim and its settle, maybe for ever. */
export interface Claimed {
  candidate: Candidate;
  k: number;
  generation: number;
  send: number;
  step: number;
  tag: string;
  cell: string;
  claimedAt: number;
  decision: string;
}

/** A dispatcher between its look and its move. */
export interface Looked {
  candidate: Candidate;
  state: Verification;
  decision: Decision;
}

/** Redis within this of a key's end of life may or may not still have it: what a script saw there is not decided. */
const INSTANT_MS = 2;

/** The scripts and the model side by side. */
export interface Bench {
  readonly store: VerificationStore;
  readonly redis: Redis;
  world: World;
  last: Snapshot;
  /** Stands at an instant where Redis' own expiry decides: the run ends here. */
  undecided: boolean;
  readonly claims: Claimed[];
  readonly looks: Looked[];
  readonly tagsUsed: string[];
  readonly seen: Map<string, number>;
  readonly approvals: Map<string, number>;
}

/** As `expect(…).toEqual(…)`, which is slow, but only where they differ. */
export function same(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, `${what}, by script and model`).toStrictEqual(expected);
}

export async function createBench(redis: Redis, namespace: string, seen: Map<string, number>): Promise<Bench> {
  const store = createStore(redis, { namespace, owner: OWNER, durations: DURATIONS });
  await makeWhole(store, BUCKETS_USED);
  const last = await takeSnapshot(redis, store.keys);
  return {
    store,
    redis,
    world: createWorld(DURATIONS),
    last,
    undecided: false,
    claims: [],
    looks: [],
    tagsUsed: [],
    seen,
    approvals: new Map(),
  };
}

type Reply = { now: number; outcome?: string; entries?: unknown; entry?: unknown };
type Answer<T> = Omit<T, 'entries' | 'entry'>;

/** Runs a script and the model by the script's clock, and demands the same answer, events and state of both. */
export async function agree<T extends Reply>(
  bench: Bench,
  name: string,
  script: () => Promise<T>,
  model: (world: World, now: number) => Transition<Answer<T>>,
): Promise<T> {
  const reply = await script();
  const before = bench.last;
  bench.undecided ||= isUndecided(bench.world, reply.now);
  const expected = model(bench.world, reply.now);
  const after = await takeSnapshot(bench.redis, bench.store.keys);
  bench.last = after;
  if (bench.undecided) return reply;

  bench.world = expected.world;
  const label = `${name}.${reply.outcome ?? ''}`;
  bench.seen.set(label, (bench.seen.get(label) ?? 0) + 1);
  const { entries, entry, ...answer } = reply;
  same(answer, expected.reply, `the answer of ${name}`);
  expectEvents(before, after, expected.events, [entries, entry].flat() as (OutboxEntry | undefined)[]);
  expectSameState(after, expected.world);
  expectInvariants(before, after);
  for (const event of expected.events) countApproval(bench, event);
  return reply;
}

function isUndecided(world: World, now: number): boolean {
  return [...world.sends.values()].some(({ expiresAt }) => Math.abs(expiresAt - now) <= INSTANT_MS);
}

function expectEvents(
  before: Snapshot,
  after: Snapshot,
  expected: readonly GateEvent[],
  answered: readonly (OutboxEntry | undefined)[],
): void {
  const known = new Set(before.outbox.map(({ streamId, bucket }) => `${bucket} ${streamId}`));
  const emitted = after.outbox.filter(({ streamId, bucket }) => !known.has(`${bucket} ${streamId}`));
  const plain = emitted.map(({ fields }) => {
    const { kind, owner, event, id, version, at, ...rest } = Object.fromEntries(fields) as Record<string, string>;
    expect(owner).toBe(OWNER);
    expect(event, 'the id of an event').toMatch(new RegExp(`^${id}\\.${version}\\.[\\w-]{12}$`));
    return { kind, id, version: Number(version), at: Number(at), fields: rest };
  });
  same(plain, expected, 'events in the outbox');
  expect(
    answered.filter((entry) => entry !== undefined).map(({ streamId }) => streamId),
    'events answered to the caller',
  ).toEqual(emitted.map(({ streamId }) => streamId));
}

function expectSameState(after: Snapshot, world: World): void {
  const records = new Map<string, Verification>();
  const abandoned = new Map<string, number>();
  for (const record of world.records.values()) {
    if (record.status === 'abandoned') abandoned.set(record.id, record.version);
    else records.set(record.id, record);
  }
  same(after.records, records, 'records');
  same(after.abandoned, abandoned, 'abandoned ones');
  same(after.deadlines, world.deadlines, 'deadlines');
  for (const { limit_key } of RECIPIENTS) {
    const ends = world.sends.get(limit_key)?.expiresAt ?? 0;
    if (Math.abs(ends - after.now) <= INSTANT_MS) continue;
    same(after.sends.get(limit_key), sendsAt(world, limit_key, after.now), `sends of ${limit_key}`);
  }
  for (const { lookup } of LOOKUPS) {
    same(after.wrongChecks.get(lookup), world.wrongChecks.get(lookup) ?? new Map(), `wrong checks of ${lookup}`);
    const entry = world.lookups.get(lookup);
    if (entry && Math.abs(entry.expiresAt - after.now) <= INSTANT_MS) continue;
    const named = entry && entry.expiresAt > after.now ? entry.id : undefined;
    same(after.lookups.get(lookup), named, `lookup ${lookup}`);
  }
}

function countApproval(bench: Bench, event: GateEvent): void {
  if (event.kind !== 'outcome') return;
  const record = find(bench.world, event.id)!;
  const name = `${event.id} ${record.createdAt}`;
  const ends = (bench.approvals.get(name) ?? 0) + 1;
  bench.approvals.set(name, ends);
  expect(ends, 'a verification ends once').toBe(1);
}

/** Takes a record out of Redis and the model, as a crash without its disk would. */
export async function lose(bench: Bench, { id, request }: Candidate): Promise<void> {
  const { keys } = bench.store;
  const bucket = request.recipients[0]!.limit_bucket;
  await bench.redis.unlink(keys.record(id), keys.lookup(bucket, request.lookup));
  const records = new Map(bench.world.records);
  const lookups = new Map(bench.world.lookups);
  records.delete(id);
  lookups.delete(request.lookup);
  // what is restored in its place may end again, and happen to have begun in the same millisecond
  for (const name of bench.approvals.keys()) if (name.startsWith(`${id} `)) bench.approvals.delete(name);
  bench.world = { ...bench.world, records, lookups };
  bench.last = await takeSnapshot(bench.redis, keys);
}

/** Takes a run's keys away; they are all known, but for what an invariant would have found. */
export async function clear({ redis, store: { keys } }: Bench): Promise<void> {
  await redis.unlink(
    ...CANDIDATES.map(({ id }) => keys.record(id)),
    ...LOOKUPS.flatMap(({ bucket, lookup }) => [keys.lookup(bucket, lookup), keys.wrongChecksPrefix(bucket) + lookup]),
    ...RECIPIENTS.map(({ limit_bucket, limit_key }) => keys.sends(limit_bucket, limit_key)),
    ...BUCKETS_USED.flatMap((bucket) => [keys.deadlines(bucket), keys.outbox(bucket), keys.marker(bucket)]),
  );
}
