import * as fc from 'fast-check';
import * as gate from '../../../src/model/gate.ts';
import type { Bench } from '../bench.ts';
import { CANDIDATES, type Candidate } from '../universe.ts';

export type GateCommand = fc.AsyncCommand<{ bench: Bench }, Bench>;

/** Most of the time one verification, so that stories get long; the others come in between. */
export const candidates = fc.oneof(
  { weight: 5, arbitrary: fc.constant(CANDIDATES[0]!) },
  { weight: 4, arbitrary: fc.constantFrom(...CANDIDATES) },
);
export const seldom = fc.integer({ min: 1, max: 12 }).map((n) => n === 1);
/** Claims and looks that are remembered. */
export const SLOTS_MAX = 4;

export function command<T extends object>(
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
