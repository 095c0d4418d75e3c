import * as fc from 'fast-check';
import * as gate from '../../../src/model/gate.ts';
import { agree, same } from '../bench.ts';
import { act, look, rearm } from '../dispatcher.ts';
import { CANDIDATES, WINDOWS } from '../universe.ts';
import { SLOTS_MAX, candidates, command } from './command.ts';

/** Every run begins with a verification whose first send is on its way. */
export const begin = command('begin', { lifeMs: fc.constantFrom(100, 400) }, async (bench, { lifeMs }) => {
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

const triggers = fc.constantFrom('request', 'receipt', 'deadline', 'takeover');

export const dispatch = command('dispatch', { candidate: candidates, trigger: triggers }, async (bench, args) => {
  const looked = await look(bench, args.candidate, args.trigger);
  if (looked) await act(bench, looked);
});

export const lookOnly = command('look', { candidate: candidates, trigger: triggers }, async (bench, args) => {
  const looked = await look(bench, args.candidate, args.trigger);
  if (looked) bench.looks.unshift(looked);
  bench.looks.splice(SLOTS_MAX);
});

export const actLate = command(
  'actLate',
  { slot: fc.nat(SLOTS_MAX - 1) },
  async (bench, { slot }) => {
    const [looked] = bench.looks.splice(slot % bench.looks.length, 1);
    await act(bench, looked!);
  },
  ({ looks }) => looks.length > 0,
);

export const rearmAny = command(
  'rearm',
  { candidate: candidates, lag: fc.constantFrom(0, 0, 1) },
  async (bench, { candidate: { id }, lag }) => {
    const version = gate.find(bench.world, id)?.version;
    await rearm(bench, id, version === undefined ? undefined : version - lag);
  },
);

/** What the sweep calls is what the model has due. */
export const sweep = command('sweep', { bucket: fc.constantFrom(0x11, 0x22) }, async (bench, { bucket }) => {
  const { now, due } = await bench.store.sweep(bucket, { deadlines: 100, events: 1 });
  const mine = (id: string): boolean => id.startsWith(`vf_1a${bucket.toString(16)}`);
  const expected = [...bench.world.deadlines]
    .filter(([member, at]) => mine(member) && at <= now)
    .map(([member]) => member);
  same(due.map(({ id, kind }) => `${id}|${kind}`).sort(), expected.sort(), 'what is due');
});
