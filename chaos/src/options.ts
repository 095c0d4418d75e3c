import { parseArgs } from 'node:util';

interface Options {
  /** Name of a scenario, or `all`, `short`, `list`. */
  wanted: string;
  otps: number;
  rate: number | undefined;
  seed: number;
  /** Puts the figures into docs/promises.md. */
  write: boolean;
}

/** The measure. */
const OTPS_DEFAULT = 5_000;
const OTPS_SHORT = 200;
/** Bounds what one run may take of a machine. */
const OTPS_MAX = 50_000;
const RATE_MAX = 1_000;

export const USAGE = `npm run chaos -- <scenario|all|short|list> [options]

  --otps <n>    OTPs at least (default ${OTPS_DEFAULT}, of \`short\` ${OTPS_SHORT}); the load goes on until the harm is over
  --rate <n>    starts per second (default: half of what a short ramp reaches, at least 50;
                with three brokers, or two of every service, 25)
  --seed <n>    of people and harm (default: by the clock, and printed)
  --write       puts the figures into docs/promises.md
  --help        this text

Starts a Redis, a Kafka, the carrier simulator and every service as processes of its own, on loopback. Exit 1 when a
promise is broken.`;

export type ParsedOptions =
  | { outcome: 'run'; options: Options }
  | { outcome: 'help' }
  | { outcome: 'wrong'; why: string };

/** @param now seeds a run that names no seed */
export function parseOptions(args: readonly string[], now: number): ParsedOptions {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        otps: { type: 'string' },
        rate: { type: 'string' },
        seed: { type: 'string', default: String(now % 1_000_000) },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { outcome: 'help' };
    const [wanted, ...others] = positionals;
    if (wanted === undefined || others.length > 0) return { outcome: 'wrong', why: 'Name one scenario, or all.' };
    const options: Options = {
      wanted,
      otps: readNumber('--otps', values.otps ?? String(wanted === 'short' ? OTPS_SHORT : OTPS_DEFAULT), OTPS_MAX),
      rate: values.rate === undefined ? undefined : readNumber('--rate', values.rate, RATE_MAX),
      seed: readNumber('--seed', values.seed, 2 ** 31),
      write: values.write,
    };
    return { outcome: 'run', options };
  } catch (error) {
    return { outcome: 'wrong', why: (error as Error).message };
  }
}

function readNumber(option: string, text: string, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(number >= 1 && number <= most)) throw new RangeError(`${option} must be a number from 1 to ${most}`);
  return number;
}
