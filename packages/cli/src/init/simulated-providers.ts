import { createPublicKey } from 'node:crypto';
import { API_KEY, APPLICATION_ID, SIMULATED } from './first-config.ts';
import type { Home } from './prepare-home.ts';

/** The simulator's side of the accounts in the first configuration; of the private key only the public half. */
export function simulatedProviders(home: Pick<Home, 'secret'>) {
  const publicKey = createPublicKey(home.secret('vonage-key.pem')).export({ type: 'spki', format: 'pem' }).toString();
  const vonage = [...SIMULATED.sms, ...SIMULATED.voice].map((name) => ({
    name,
    protocol: 'vonage' as const,
    apiKey: API_KEY,
    apiSecret: home.secret('vonage-secret'),
    applicationId: APPLICATION_ID,
    publicKey,
    signatureSecret: home.secret('vonage-signature'),
  }));
  const smtp = SIMULATED.email.map((name) => ({ name, protocol: 'smtp' as const }));
  const accounts = SIMULATED.email.map((name) => ({ user: name, pass: home.secret('smtp-password'), provider: name }));
  return { providers: [...vonage, ...smtp], accounts };
}
