import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Home, SecretName } from './prepare-home.ts';
import { simulatedProviders } from './simulated-providers.ts';

/**
 * Which of a first configuration's secrets each service reads: those of its key roles, and of the providers what it submits
 * with or verifies webhooks by. The standalone start, which knows the services, has the test that this is what they declare.
 */
export const SECRETS_OF_SERVICE = {
  ingest: ['seal-k1', 'lookup-k1'],
  verify: ['pepper-k1', 'lookup-k1'],
  dispatcher: [],
  delivery: ['seal-k1', 'pepper-k1', 'vonage-secret', 'vonage-signature', 'vonage-key.pem', 'smtp-password'],
  receipts: ['vonage-signature'],
  'quality-monitor': [],
  cli: [],
} as const satisfies Record<string, readonly SecretName[]>;

/** The group may read: who writes this is another user than the services are. */
const FOLDER_MODE = 0o750;
const FILE_MODE = 0o640;

/**
 * Gives each service a folder of its own: the configuration, and only the secrets that it may read; the simulator its side of
 * the accounts. Written anew each time, so that what was changed in the home comes with the next start.
 */
export function dealHome(home: Home, folder: string): string[] {
  const config = readFileSync(home.configPath, 'utf8');
  for (const [service, secrets] of Object.entries(SECRETS_OF_SERVICE)) {
    writeWhole(join(folder, service, 'config.yaml'), config);
    for (const name of secrets) writeWhole(join(folder, service, 'secrets', name), `${home.secret(name)}\n`);
  }
  writeWhole(join(folder, 'carrier-sim', 'simulator.json'), `${JSON.stringify(simulatedProviders(home))}\n`);
  return [...Object.keys(SECRETS_OF_SERVICE), 'carrier-sim'];
}

/** Nobody ever reads half a file. */
function writeWhole(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode: FILE_MODE });
  renameSync(draft, path);
}
