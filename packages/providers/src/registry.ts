import type { Channel } from '@watchword/contracts';
import type { ProviderDeps, Receiver, Submitter } from './port.ts';
import { createSmtpSubmitter, type SmtpSettings } from './smtp/submitter.ts';
import { createVonageMessagesReceiver } from './vonage-messages/receiver.ts';
import { createVonageMessagesSubmitter, type VonageMessagesSettings } from './vonage-messages/submitter.ts';
import { createVonageVoiceReceiver } from './vonage-voice/receiver.ts';
import { createVonageVoiceSubmitter, type VonageVoiceSettings } from './vonage-voice/submitter.ts';

/** One provider's settings, told apart by `type`. */
export type ProviderSettings = VonageMessagesSettings | VonageVoiceSettings | SmtpSettings;
export type ProviderType = ProviderSettings['type'];
type SettingsOf<T extends ProviderType> = Extract<ProviderSettings, { type: T }>;

export interface Adapter<T extends ProviderType> {
  channel: Channel;
  createSubmitter(settings: SettingsOf<T>, deps: ProviderDeps): Submitter;
  /** Absent where the provider sends no webhooks: then `accepted` is its last word. */
  createReceiver?(settings: SettingsOf<T>): Receiver;
}

/** Every adapter there is. A new one is a folder, a member of `ProviderSettings` and a line here. */
export const ADAPTERS: { readonly [T in ProviderType]: Adapter<T> } = {
  'vonage-messages': {
    channel: 'sms',
    createSubmitter: createVonageMessagesSubmitter,
    createReceiver: createVonageMessagesReceiver,
  },
  'vonage-voice': {
    channel: 'voice',
    createSubmitter: createVonageVoiceSubmitter,
    createReceiver: createVonageVoiceReceiver,
  },
  smtp: { channel: 'email', createSubmitter: createSmtpSubmitter },
};

/**
 * The submitter for a provider's settings.
 * @throws BaseError `OTP_PROVIDER_MISCONFIGURED` for credentials or settings that cannot work
 */
export function createSubmitter(settings: ProviderSettings, deps: ProviderDeps): Submitter {
  return adapterOf(settings).createSubmitter(settings, deps);
}

/**
 * The receiver for a provider's settings, or undefined where its type sends no webhooks.
 * @throws BaseError `OTP_PROVIDER_MISCONFIGURED` for credentials or settings that cannot work
 */
export function createReceiver(settings: ProviderSettings): Receiver | undefined {
  return adapterOf(settings).createReceiver?.(settings);
}

/** Generic, since TypeScript does not follow that `ADAPTERS[settings.type]` fits `settings` where both are unions. */
function adapterOf<T extends ProviderType>(settings: SettingsOf<T>): Adapter<T> {
  return ADAPTERS[settings.type];
}
