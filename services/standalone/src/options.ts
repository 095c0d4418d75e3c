import { parseArgs } from 'node:util';

export interface Options {
  /** Send one OTP, say how it went, stop. */
  once: boolean;
  /** Of the API; 0 takes a free one. */
  port: number;
  /** Of the carrier simulator's HTTP; 0 takes a free one. */
  simulatorPort: number;
  /** Where configuration, secrets, addresses and the engines' data live. */
  dataDir: string;
}

export const USAGE = `npm start -- [options]

  --once                  send one OTP, say how it went, and stop: exit 0 when it was approved
  --port <n>              port of the API (default: a free one)
  --simulator-port <n>    port of the carrier simulator and its inbox page (default: a free one)
  --data-dir <path>       configuration, secrets and data (default: .watchword)
  --help                  this text

Redis and Kafka: REDIS_URL and KAFKA_BROKERS if set, else a container engine, else local processes.`;

export type ParsedOptions =
  | { outcome: 'run'; options: Options }
  | { outcome: 'help' }
  | { outcome: 'wrong'; why: string };

export function parseOptions(args: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        port: { type: 'string', default: '0' },
        'simulator-port': { type: 'string', default: '0' },
        'data-dir': { type: 'string', default: '.watchword' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { outcome: 'help' };
    const options = {
      once: values.once,
      port: parsePort('--port', values.port),
      simulatorPort: parsePort('--simulator-port', values['simulator-port']),
      dataDir: values['data-dir'],
    };
    return { outcome: 'run', options };
  } catch (error) {
    return { outcome: 'wrong', why: (error as Error).message };
  }
}

function parsePort(option: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new RangeError(`${option} must be a number from 0 to 65535`);
  return port;
}
