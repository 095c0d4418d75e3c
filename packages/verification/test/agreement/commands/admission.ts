import * as fc from 'fast-check';
import * as gate from '../../../src/model/gate.ts';
import { agree, lose } from '../bench.ts';
import { LONGEST_WINDOW_MS, WINDOWS } from '../universe.ts';
import { candidates, command } from './command.ts';

export const admit = command(
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

export const abandon = command('abandon', { candidate: candidates }, async (bench, { candidate: { id, request } }) => {
  await agree(
    bench,
    'abandon',
    async () => bench.store.abandon(id, request),
    (world, now) => gate.abandon(world, { id, request }, now),
  );
});

export const restore = command(
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
