import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateApiKey, hashApiKey } from '@watchword/otp';
import { ON_LOOPBACK, renderFirstConfig, type Surroundings } from './first-config.ts';

/** The files that a first start makes beside the configuration; each 0600. */
export interface Home {
  configPath: string;
  /** Whether they were made just now. */
  first: boolean;
  secret(name: SecretName): string;
}

const SECRETS = {
  'api-key': () => generateApiKey('dev'),
  'seal-k1': () => randomBytes(32).toString('base64'),
  'lookup-k1': () => randomBytes(32).toString('base64'),
  'pepper-k1': () => randomBytes(32).toString('base64'),
  'vonage-secret': () => randomBytes(16).toString('hex'),
  'vonage-signature': () => randomBytes(32).toString('hex'),
  'vonage-key.pem': () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  },
  'smtp-password': () => randomBytes(16).toString('hex'),
} as const satisfies Record<string, () => string>;
export type SecretName = keyof typeof SECRETS;

/**
 * Makes what is missing: random secrets and a configuration for the carrier simulator. Nothing that is there is changed, so
 * the files are yours to edit.
 */
export function prepareHome(dataDir: string, surroundings: Surroundings = ON_LOOPBACK): Home {
  const secretsDir = join(dataDir, 'secrets');
  mkdirSync(secretsDir, { recursive: true, mode: 0o700 });
  const secret = (name: SecretName): string => readFileSync(join(secretsDir, name), 'utf8').trim();
  for (const [name, make] of Object.entries(SECRETS)) writeOnce(join(secretsDir, name), make);
  const configPath = join(dataDir, 'config.yaml');
  const first = writeOnce(configPath, () => renderFirstConfig(hashApiKey(secret('api-key')), surroundings));
  return { configPath, first, secret };
}

/** Two starts at once: the first one's file stays. */
function writeOnce(path: string, make: () => string): boolean {
  if (existsSync(path)) return false;
  try {
    writeFileSync(path, `${make().trimEnd()}\n`, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
