import { setTimeout as sleep } from 'node:timers/promises';
import { RECEIPT_STATUSES, type ErrorClass } from '@watchword/contracts';
import fc from 'fast-check';
import { expect } from 'vitest';
import { decideAfterAttempt, packCell, type AttemptResult, type Following, type SettleInput } from '../../src/index.ts';
import * as gate from '../../src/model/gate.ts';
import { agree, lose, type Bench, type Claimed } from './bench.ts';
import { act, look, rearm } from './dispatcher.ts';
import { CANDIDATES, LONGEST_WINDOW_MS, WINDOWS, type Candidate } from './universe.ts';

export type GateCommand = fc.AsyncCommand<{ bench: Bench }, Bench>;

/** Most of the time one verification, so that stories get long; the others come in between. */
const candidates = fc.oneof(
  { weight: 5, arbitrary: fc.constant(CANDIDATES[0]!) },
  { weight: 4, arbitrary: fc.constantFrom(...CANDIDATES) },
);
const errors = fc.constantFrom<ErrorClass>('invalid_number', 'throttled', 'timeout', 'unreachable');
const seldom = fc.integer({ min: 1, max: 12 }).map((n) => n === 1);
const SLOTS_MAX = 4;

function command<T extends object>(
  name: string,
  args: { [K in keyof T]: fc.Arbitrary<T[K]> },
  run: (bench: Bench, args: T) => Promise<void>,
  check: (bench: Bench) => boolean = () => true,
): fc.Arbitrary<GateCommand> {
  return fc.record({ ...args, anyway: seldom }).map((drawn) => {
    const { anyway, ...rest } = drawn;
    const values = rest as unknown as T & { candidate?: Candidate };
    const print = () => `${name}(${JSON.stringify(values, shorten)})`;
    return {
      check: ({ bench }) => !bench.undecided && check(bench) && (anyway || creates.has(name) || isThere(bench, values)),
      run: async (_, bench) => run(bench, values),
      toString: print,
      [fc.toStringMethod]: print,
    };
  });
}

/** A command on a verification that is not there says little: one in twelve is enough. */
const creates = new Set(['admit', 'restore']);

function isThere(bench: Bench, { candidate }: { candidate?: Candidate }): boolean {
  return candidate === undefined || gate.find(bench.world, candidate.id) !== undefined;
}

function shorten(key: string, value: unknown): unknown {
  return key === 'candidate' ? CANDIDATES.indexOf(value as Candidate) : value;
}

const admit = command(
  'admit',
  { candidate: candidates, lifeMs: fc.constantFrom(30, 200, 500) },
  async (bench, { candidate, lifeMs }) => {
    const input = { ...candidate, lifeMs, windows: WINDOWS };
    await agree(
      bench,
      'admit',
      async () => bench.store.admit(input),
      (world, now) => gate.admit(world, input, now),
    );
  },
);

/** Every run begins with a verification whose first send is on its way. */
const begin = command('begin', { lifeMs: fc.constantFrom(100, 400) }, async (bench, { lifeMs }) => {
  const candidate = CANDIDATES[0]!;
  const input = { ...candidate, lifeMs, windows: WINDOWS };
  await agree(
    bench,
    'admit',
    async () => bench.store.admit(input),
    (world, now) => gate.admit(world, input, now),
  );
  const looked = await look(bench, candidate, 'request');
  await act(bench, looked!);
});

const abandon = command('abandon', { candidate: candidates }, async (bench, { candidate: { id, request } }) => {
  await agree(
    bench,
    'abandon',
    async () => bench.store.abandon(id, request),
    (world, now) => gate.abandon(world, { id, request }, now),
  );
});

const restore = command(
  'restore',
  { candidate: candidates, ageMs: fc.nat(100), leftMs: fc.integer({ min: -5, max: 120 }), lost: fc.boolean() },
  async (bench, { candidate, ageMs, leftMs, lost }) => {
    if (lost) await lose(bench, candidate);
    const { id, request } = candidate;
    const at = { createdAt: bench.last.now - ageMs, expiresAt: bench.last.now + leftMs };
    await agree(
      bench,
      'restore',
      async () => bench.store.restore(id, request, at, LONGEST_WINDOW_MS),
      (world, now) => gate.restore(world, { id, request, at, longestWindowMs: LONGEST_WINDOW_MS }, now),
    );
  },
);

const triggers = fc.constantFrom('request', 'receipt', 'deadline', 'takeover');

const dispatch = command('dispatch', { candidate: candidates, trigger: triggers }, async (bench, args) => {
  const looked = await look(bench, args.candidate, args.trigger);
  if (looked) await act(bench, looked);
});

const lookOnly = command('look', { candidate: candidates, trigger: triggers }, async (bench, args) => {
  const looked = await look(bench, args.candidate, args.trigger);
  if (looked) bench.looks.unshift(looked);
  bench.looks.splice(SLOTS_MAX);
});

const actLate = command(
  'actLate',
  { slot: fc.nat(SLOTS_MAX - 1) },
  async (bench, { slot }) => {
    const [looked] = bench.looks.splice(slot % bench.looks.length, 1);
    await act(bench, looked!);
  },
  ({ looks }) => looks.length > 0,
);

async function claimOf(bench: Bench, candidate: Candidate, lag: number): Promise<Claimed | undefined> {
  const { id, request } = candidate;
  const state = gate.find(bench.world, id);
  const send = Math.max(1, (state?.send ?? 1) - lag);
  const tag = `p1.${bench.tagsUsed.length}`;
  const step = state?.step ?? 0;
  const { country, operator } = request.recipients[0]!;
  const cell = packCell({ provider: 'vonage', channel: request.workflow[step]!.channel, country, operator });
  const reply = await agree(
    bench,
    'claim',
    async () => bench.store.claim(id, { send, tag, cell }),
    (world, now) => gate.claim(world, { id, send, tag, cell }, now),
  );
  if (reply.outcome !== 'claimed') return undefined;
  bench.tagsUsed.push(tag);
  const { k, generation, now: claimedAt } = reply;
  const claimed = { candidate, k, generation, send, step, tag, cell, claimedAt };
  bench.claims.unshift(claimed);
  bench.claims.splice(SLOTS_MAX);
  return claimed;
}

const claim = command(
  'claim',
  { candidate: candidates, lag: fc.constantFrom(0, 0, 0, 1) },
  async (bench, { candidate, lag }) => {
    await claimOf(bench, candidate, lag);
  },
);

const results: fc.Arbitrary<AttemptResult> = fc.oneof(
  fc.constant({ state: 'accepted' } as const),
  errors.map((error) => ({ state: 'rejected', error }) as const),
  errors.map((error) => ({ state: 'unknown', error }) as const),
);
const settling = {
  result: results,
  another: fc.boolean(),
  backoffMs: fc.option(fc.nat(10), { nil: undefined }),
};
type Settling = { result: AttemptResult; another: boolean; backoffMs: number | undefined };

async function settleOf(bench: Bench, claimed: Claimed, { result, another, backoffMs }: Settling): Promise<void> {
  const { candidate, ...attempt } = claimed;
  const state = gate.find(bench.world, candidate.id);
  const following: Following = state
    ? decideAfterAttempt(state, result, another, backoffMs)
    : { next: result.state === 'rejected' ? 'failed' : result.state };
  const input: SettleInput = {
    id: candidate.id,
    ...attempt,
    state: result.state,
    ...(result.state !== 'accepted' && { error: result.error }),
    following,
    tenant: candidate.tenant,
    purpose: candidate.purpose,
    takenOver: false,
    details: { provider_code: '7' },
  };
  await agree(
    bench,
    'settle',
    async () => bench.store.settle(input),
    (world, now) => gate.settle(world, input, now),
  );
}

const settle = command<{ slot: number; forget: boolean } & Settling>(
  'settle',
  { slot: fc.nat(SLOTS_MAX - 1), forget: fc.boolean(), ...settling },
  async (bench, { slot, forget, ...how }) => {
    const index = slot % bench.claims.length;
    const claimed = bench.claims[index]!;
    if (forget) bench.claims.splice(index, 1);
    await settleOf(bench, claimed, how);
  },
  ({ claims }) => claims.length > 0,
);

/** A worker that is not slow. */
const deliver = command<{ candidate: Candidate } & Settling>(
  'deliver',
  { candidate: candidates, ...settling },
  async (bench, { candidate, ...how }) => {
    const claimed = await claimOf(bench, candidate, 0);
    if (claimed) await settleOf(bench, claimed, how);
  },
);

/** A settle of an attempt that a record, lost and restored, has never heard of. */
const settleLost = command<{ candidate: Candidate; ahead: number; generations: number } & Settling>(
  'settleLost',
  {
    candidate: candidates,
    ahead: fc.integer({ min: -1, max: 2 }),
    generations: fc.integer({ min: -3, max: 4 }),
    ...settling,
  },
  async (bench, { candidate, ahead, generations, ...how }) => {
    const state = gate.find(bench.world, candidate.id);
    const tag = `p0.${bench.tagsUsed.length}`;
    bench.tagsUsed.push(tag);
    const claimed = {
      candidate,
      k: Math.max(1, (state?.attempts.length ?? 0) + ahead),
      generation: Math.max(1, (state?.generation ?? 0) + generations),
      send: 1,
      step: 0,
      tag,
      cell: 'other|sms|DE|',
      claimedAt: bench.last.now - 1,
    };
    await settleOf(bench, claimed, how);
  },
);

const giveUp = command(
  'giveUp',
  { candidate: candidates, lag: fc.constantFrom(0, 0, 1) },
  async (bench, { candidate: { id }, lag }) => {
    const send = (gate.find(bench.world, id)?.send ?? 1) - lag;
    await agree(
      bench,
      'giveUp',
      async () => bench.store.giveUp(id, send),
      (world, now) => gate.giveUp(world, { id, send }, now),
    );
  },
);

const receipt = command(
  'receipt',
  {
    candidate: candidates,
    back: fc.nat(3),
    status: fc.constantFrom(...RECEIPT_STATUSES),
    error: fc.option(errors, { nil: undefined }),
  },
  async (bench, { candidate: { id }, back, status, error }) => {
    const k = Math.max(1, (gate.find(bench.world, id)?.attempts.length ?? 0) + 1 - back);
    await agree(
      bench,
      'foldReceipt',
      async () => bench.store.foldReceipt(id, k, status, error),
      (world, now) => gate.foldReceipt(world, { id, k, status, error }, now),
    );
  },
);

const check = command(
  'check',
  {
    candidate: candidates,
    code: fc.constantFrom('newest', 'oldest', 'stale', 'wrong', 'wrong', 'wrong', 'wrong', 'wrong'),
    foreign: seldom,
    idempotency: fc.constantFrom('', 'one', 'two'),
    wrongPerHour: fc.constantFrom(4, 6),
    wrongPerDay: fc.constantFrom(0, 5),
  },
  async (bench, { candidate, code, foreign, idempotency, wrongPerHour, wrongPerDay }) => {
    const tags = Object.values(gate.find(bench.world, candidate.id)?.tags ?? {});
    const typed = { newest: tags.at(-1), oldest: tags[0], stale: bench.tagsUsed.at(-5), wrong: 'p1.none' }[code];
    const input = {
      id: candidate.id,
      tenant: foreign ? 'nobody' : candidate.tenant,
      tags: ['p0.none', typed ?? 'p1.none'],
      idempotency,
      wrongPerHour,
      wrongPerDay,
    };
    await agree(
      bench,
      'check',
      async () => bench.store.check(input),
      (world, now) => gate.check(world, input, now),
    );
  },
);

const resend = command(
  'resend',
  { candidate: candidates, charged: fc.boolean(), foreign: seldom },
  async (bench, { candidate: { id, tenant, request }, charged, foreign }) => {
    const limitKey = request.recipients[0]!.limit_key;
    const charge = charged ? WINDOWS : undefined;
    const asking = foreign ? 'nobody' : tenant;
    await agree(
      bench,
      'resend',
      async () => bench.store.resend(id, asking, limitKey, charge),
      (world, now) => gate.resend(world, { id, tenant: asking, limitKey, charge }, now),
    );
  },
);

const next = command('next', { candidate: candidates }, async (bench, { candidate: { id, tenant } }) => {
  await agree(
    bench,
    'next',
    async () => bench.store.next(id, tenant),
    (world, now) => gate.next(world, { id, tenant }, now),
  );
});

const cancel = command('cancel', { candidate: candidates }, async (bench, { candidate: { id, tenant } }) => {
  await agree(
    bench,
    'cancel',
    async () => bench.store.cancel(id, tenant),
    (world, now) => gate.cancel(world, { id, tenant }, now),
  );
});

const expire = command('expire', { candidate: candidates }, async (bench, { candidate: { id } }) => {
  await agree(
    bench,
    'expire',
    async () => bench.store.expire(id),
    (world, now) => gate.expire(world, { id }, now),
  );
});

const rearmAny = command(
  'rearm',
  { candidate: candidates, lag: fc.constantFrom(0, 0, 1) },
  async (bench, { candidate: { id }, lag }) => {
    const version = gate.find(bench.world, id)?.version;
    await rearm(bench, id, version === undefined ? undefined : version - lag);
  },
);

const refund = command(
  'refund',
  { candidate: candidates, send: fc.integer({ min: 1, max: 4 }) },
  async (bench, { candidate: { id, request }, send }) => {
    const recipient = request.recipients[0]!;
    await agree(
      bench,
      'refund',
      async () => bench.store.refund(recipient, id, send),
      (world, now) => gate.refund(world, { recipient, id, send }, now),
    );
  },
);

/** What the sweep calls is what the model has due. */
const sweep = command('sweep', { bucket: fc.constantFrom(0x11, 0x22) }, async (bench, { bucket }) => {
  const { now, due } = await bench.store.sweep(bucket, { deadlines: 100, events: 1 });
  const mine = (id: string): boolean => id.startsWith(`vf_1a${bucket.toString(16)}`);
  const expected = [...bench.world.deadlines]
    .filter(([member, at]) => mine(member) && at <= now)
    .map(([member]) => member);
  expect(due.map(({ id, kind }) => `${id}|${kind}`).sort()).toEqual(expected.sort());
});

const pause = command('pause', { ms: fc.integer({ min: 1, max: 14 }) }, async (_, { ms }) => {
  await sleep(ms);
});

const weighted: readonly (readonly [number, fc.Arbitrary<GateCommand>])[] = [
  [12, admit],
  [1, abandon],
  [2, restore],
  [20, dispatch],
  [8, lookOnly],
  [8, actLate],
  [8, claim],
  [10, settle],
  [12, deliver],
  [2, settleLost],
  [2, giveUp],
  [10, receipt],
  [14, check],
  [12, resend],
  [4, next],
  [1, cancel],
  [1, expire],
  [2, rearmAny],
  [2, refund],
  [2, sweep],
  [10, pause],
];

export function gateCommands(least: number, most: number): fc.Arbitrary<readonly GateCommand[]> {
  const any = fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  const rest = fc.noBias(fc.array(any, { minLength: least, maxLength: most, size: 'max' }));
  return fc.tuple(begin, rest).map(([first, others]) => [first, ...others]);
}
