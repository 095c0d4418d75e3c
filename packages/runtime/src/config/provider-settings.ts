import type { ProviderSettings } from '@watchword/providers';
import type { ProviderConfig } from './compile.ts';

/** A provider's settings as its adapter takes them, secrets revealed. Only delivery and receipts call this. */
export function providerSettings(provider: ProviderConfig): ProviderSettings {
  switch (provider.type) {
    case 'smtp': {
      const { type, name, from, host, port, tls, username, password } = provider;
      const auth = username === undefined || password === undefined ? {} : { username, password: password.reveal() };
      return { type, name, from, host, port, tls, ...auth };
    }
    case 'vonage-messages':
    case 'vonage-voice':
      return {
        type: provider.type,
        name: provider.name,
        from: provider.from,
        ...(provider.apiHost !== undefined && { apiHost: provider.apiHost }),
        apiKey: provider.apiKey,
        apiSecret: provider.apiSecret.reveal(),
        applicationId: provider.applicationId,
        privateKey: provider.privateKey.reveal(),
        signatureSecret: provider.signatureSecret.reveal(),
      };
  }
}
