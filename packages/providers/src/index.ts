export type {
  Content,
  NormalisedReceipt,
  ParsedWebhook,
  ProviderDeps,
  Receiver,
  Submission,
  SubmitResult,
  Submitter,
  Verified,
  WebhookRequest,
} from './port.ts';
export { SUBMIT_MAX_MS } from './port.ts';
export { createReceiver, createSubmitter } from './registry.ts';
export type { Adapter, ProviderSettings, ProviderType } from './registry.ts';
export type { SmtpSettings } from './smtp/submitter.ts';
export type { VonageMessagesSettings } from './vonage-messages/submitter.ts';
export type { VonageVoiceSettings } from './vonage-voice/submitter.ts';
