import * as fc from 'fast-check';
import * as gate from '../../../src/model/gate.ts';
import { agree } from '../bench.ts';
import { WINDOWS, type Candidate } from '../universe.ts';
import { candidates, command, seldom } from './command.ts';

export const check = command(
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

const asking = { candidate: candidates, charged: fc.boolean(), foreign: seldom, lag: fc.constantFrom(0, 0, 0, 1) };
interface Asking {
  candidate: Candidate;
  charged: boolean;
  foreign: boolean;
  /** How many sends ago the caller looked. */
  lag: number;
}

function ask(what: 'resend' | 'next', model: typeof gate.resend) {
  return command<Asking>(what, asking, async (bench, { candidate, charged, foreign, lag }) => {
    const { id, tenant, request } = candidate;
    const { step = 0, send = 0 } = gate.find(bench.world, id) ?? {};
    const input = {
      id,
      tenant: foreign ? 'nobody' : tenant,
      limitKey: request.recipients[0]!.limit_key,
      charge: charged ? WINDOWS : undefined,
      seen: { step, send: send - lag },
    };
    await agree(
      bench,
      what,
      async () => bench.store[what](id, input.tenant, input.limitKey, input.charge, input.seen),
      (world, now) => model(world, input, now),
    );
  });
}

export const resend = ask('resend', gate.resend);
export const next = ask('next', gate.next);

export const cancel = command('cancel', { candidate: candidates }, async (bench, { candidate: { id, tenant } }) => {
  await agree(
    bench,
    'cancel',
    async () => bench.store.cancel(id, tenant),
    (world, now) => gate.cancel(world, { id, tenant }, now),
  );
});

export const expire = command('expire', { candidate: candidates }, async (bench, { candidate: { id } }) => {
  await agree(
    bench,
    'expire',
    async () => bench.store.expire(id),
    (world, now) => gate.expire(world, { id }, now),
  );
});

export const refund = command(
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
