import type { CarrierSimConfig } from '@watchword/carrier-sim';
import { API_KEY, APPLICATION_ID, SIMULATED } from './first-config.ts';
import type { Home } from './first-run.ts';

/** The simulator's side of the accounts in the first configuration. */
export function simulatedProviders(home: Home): Pick<CarrierSimConfig, 'providers' | 'accounts'> {
  const vonage = [...SIMULATED.sms, ...SIMULATED.voice].map((name) => ({
    name,
    protocol: 'vonage' as const,
    apiKey: API_KEY,
    apiSecret: home.secret('vonage-secret'),
    applicationId: APPLICATION_ID,
    publicKey: home.secret('vonage-key.pem'),
    signatureSecret: home.secret('vonage-signature'),
  }));
  const smtp = SIMULATED.email.map((name) => ({ name, protocol: 'smtp' as const }));
  const accounts = SIMULATED.email.map((name) => ({ user: name, pass: home.secret('smtp-password'), provider: name }));
  return { providers: [...vonage, ...smtp], accounts };
}
