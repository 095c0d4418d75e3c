import type { ProviderSettings } from '@watchword/providers';
import type { ProviderFor } from './narrow-config.ts';

/** What an adapter needs to hand messages over, secrets revealed. For delivery. */
export function submitterSettings(provider: ProviderFor<'submit'>): ProviderSettings {
  switch (provider.type) {
    case 'smtp': {
      const { type, name, from, host, port, tls, username, password, maxInFlight } = provider;
      const auth = username === undefined || password === undefined ? {} : { username, password: password.reveal() };
      // fewer connections than calls, and calls would wait for one until their time is over
      return { type, name, from, host, port, tls, ...auth, connectionsMax: maxInFlight };
    }
    case 'vonage-messages':
      return {
        ...accountOf(provider),
        type: provider.type,
        apiSecret: provider.apiSecret.reveal(),
        privateKey: provider.privateKey.reveal(),
      };
    case 'vonage-voice':
      return {
        ...accountOf(provider),
        type: provider.type,
        privateKey: provider.privateKey.reveal(),
        signatureSecret: provider.signatureSecret.reveal(),
      };
  }
}

/** What an adapter needs to verify and read webhooks, secrets revealed. For receipts. */
export function receiverSettings(provider: ProviderFor<'receive'>): ProviderSettings {
  switch (provider.type) {
    case 'smtp': {
      const { type, name, from, host, port } = provider;
      return { type, name, from, host, port };
    }
    case 'vonage-messages':
    case 'vonage-voice':
      return {
        ...accountOf(provider),
        type: provider.type,
        signatureSecret: provider.signatureSecret.reveal(),
      };
  }
}

function accountOf(provider: Extract<ProviderFor, { apiKey: string }>) {
  const { name, from, apiHost, apiKey, applicationId } = provider;
  return { name, from, ...(apiHost !== undefined && { apiHost }), apiKey, applicationId };
}
