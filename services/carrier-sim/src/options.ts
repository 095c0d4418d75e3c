import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BaseError } from '@watchword/contracts';
import type { CarrierSimConfig } from './config.ts';

/** Ports that a lone simulator takes when none are given, so that its address is the same tomorrow. */
const PORT = 4010;
const SMTP_PORT = 4025;

/** One Vonage account that anybody may use, when no file lists others. */
const DEMO: Pick<CarrierSimConfig, 'providers' | 'accounts'> = {
  providers: [{ name: 'demo', protocol: 'vonage', apiKey: 'demo', apiSecret: 'demo' }],
  accounts: [],
};

export const USAGE = `carrier-sim: plays the networks of SMS, voice and mail providers

  --config <file>     JSON: {"providers": [...], "accounts": [...]}   (CARRIER_SIM_CONFIG)
  --host <host>       default 127.0.0.1                               (CARRIER_SIM_HOST)
  --port <port>       HTTP, default ${PORT}, 0 = any                       (CARRIER_SIM_PORT)
  --smtp-port <port>  SMTP, default ${SMTP_PORT}, 0 = any                       (CARRIER_SIM_SMTP_PORT)
  --seed <integer>    default 1                                       (CARRIER_SIM_SEED)
  --help
`;

/**
 * Reads the command line, then the environment, then the file they name.
 * @returns undefined where help is asked for
 * @throws BaseError OTP_CONFIG_INVALID; an error of node:util where an option is not known
 */
export function parseOptions(args: string[], env: Record<string, string | undefined>): CarrierSimConfig | undefined {
  const { values } = parseArgs({
    args,
    options: {
      config: { type: 'string' },
      host: { type: 'string' },
      port: { type: 'string' },
      'smtp-port': { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const file = values.config ?? env['CARRIER_SIM_CONFIG'];
  return {
    host: values.host ?? env['CARRIER_SIM_HOST'] ?? '127.0.0.1',
    port: toInteger('port', values.port ?? env['CARRIER_SIM_PORT'], PORT),
    smtpPort: toInteger('smtp-port', values['smtp-port'] ?? env['CARRIER_SIM_SMTP_PORT'], SMTP_PORT),
    seed: toInteger('seed', values.seed ?? env['CARRIER_SIM_SEED'], 1),
    ...(file === undefined ? DEMO : readConfigFile(file)),
  };
}

function toInteger(name: string, text: string | undefined, byDefault: number): number {
  if (text === undefined) return byDefault;
  if (!/^-?[0-9]{1,15}$/.test(text)) throw invalid(`${name} must be an integer, not "${text}".`);
  return Number(text);
}

function readConfigFile(path: string): Pick<CarrierSimConfig, 'providers' | 'accounts'> {
  try {
    const parsed = JSON.parse(readFileSync(path, 'utf8')) as Partial<CarrierSimConfig>;
    // What else the file says is judged with the rest of the configuration.
    return { accounts: [], providers: [], ...parsed };
  } catch (error) {
    throw invalid(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function invalid(message: string, cause?: unknown): BaseError {
  return new BaseError('OTP_CONFIG_INVALID', message, { retry: false, ...(cause === undefined ? {} : { cause }) });
}
