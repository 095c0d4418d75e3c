import { parseArgs } from 'node:util';

interface Options {
  /** Names of benches; none: all. */
  wanted: readonly string[];
  list: boolean;
  /** Keeps the figures as those that the next runs are compared with. */
  write: boolean;
  seed: number;
}

export const USAGE = `npm run bench -- [name …] [options]

  --list        the benches, and what each measures
  --write       keeps the figures in bench/results, for the next run to be compared with
  --seed <n>    of the simulator (default 1)
  --help        this text

Measures the product beside its ceilings, in one run on one machine: on loopback, with a Redis, a Kafka and every service as
processes of its own. A ratio is worth something everywhere, a rate only here.`;

export type ParsedOptions =
  | { outcome: 'run'; options: Options }
  | { outcome: 'help' }
  | { outcome: 'wrong'; why: string };

export function parseOptions(args: readonly string[]): ParsedOptions {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        list: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { outcome: 'help' };
    if (!/^\d{1,9}$/.test(values.seed)) return { outcome: 'wrong', why: '--seed must be a number' };
    const { list, write } = values;
    return { outcome: 'run', options: { wanted: positionals, list, write, seed: Number(values.seed) } };
  } catch (error) {
    return { outcome: 'wrong', why: (error as Error).message };
  }
}
