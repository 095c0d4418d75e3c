import { RECEIPT_STATUSES, type ErrorClass } from '@watchword/contracts';
import * as fc from 'fast-check';
import {
  decideAfterAttempt,
  packCell,
  type AttemptResult,
  type Following,
  type SettleInput,
} from '../../../src/index.ts';
import * as gate from '../../../src/model/gate.ts';
import { agree, type Bench, type Claimed } from '../bench.ts';
import type { Candidate } from '../universe.ts';
import { SLOTS_MAX, candidates, command } from './command.ts';

const errors = fc.constantFrom<ErrorClass>('invalid_number', 'throttled', 'timeout', 'unreachable');

/** As packages/routing would pack them: none, one piece, two. */
const decisions = fc.constantFrom('', 'b|*', `b|*${'|north!b'.repeat(12)}`);

async function claimOf(
  bench: Bench,
  candidate: Candidate,
  lag: number,
  decision: string,
): Promise<Claimed | undefined> {
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
    async () => bench.store.claim(id, { send, tag, cell, decision }),
    (world, now) => gate.claim(world, { id, send, tag, cell, decision }, now),
  );
  if (reply.outcome !== 'claimed') return undefined;
  bench.tagsUsed.push(tag);
  const { k, generation, now: claimedAt } = reply;
  const claimed = { candidate, k, generation, send, step, tag, cell, claimedAt, decision };
  bench.claims.unshift(claimed);
  bench.claims.splice(SLOTS_MAX);
  return claimed;
}

export const claim = command(
  'claim',
  { candidate: candidates, lag: fc.constantFrom(0, 0, 0, 1), decision: decisions },
  async (bench, { candidate, lag, decision }) => {
    await claimOf(bench, candidate, lag, decision);
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

export const settle = command<{ slot: number; forget: boolean } & Settling>(
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
export const deliver = command<{ candidate: Candidate; decision: string } & Settling>(
  'deliver',
  { candidate: candidates, decision: decisions, ...settling },
  async (bench, { candidate, decision, ...how }) => {
    const claimed = await claimOf(bench, candidate, 0, decision);
    if (claimed) await settleOf(bench, claimed, how);
  },
);

/** A settle of an attempt that a record, lost and restored, has never heard of. */
export const settleLost = command<
  { candidate: Candidate; ahead: number; generations: number; decision: string } & Settling
>(
  'settleLost',
  {
    candidate: candidates,
    ahead: fc.integer({ min: -1, max: 2 }),
    generations: fc.integer({ min: -3, max: 4 }),
    decision: decisions,
    ...settling,
  },
  async (bench, { candidate, ahead, generations, decision, ...how }) => {
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
      decision,
    };
    await settleOf(bench, claimed, how);
  },
);

export const giveUp = command(
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

export const receipt = command(
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
