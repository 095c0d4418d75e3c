export { startCarrierSim } from './service.ts';
export type { CarrierSim, CarrierSimDeps } from './service.ts';
export type {
  CarrierSimConfig,
  SimProviderConfig,
  SmtpAccount,
  SmtpProviderConfig,
  VonageProviderConfig,
} from './config.ts';
export { DEFAULT_BEHAVIOUR, ERROR_MODES, RECEIPT_MODES } from './behaviour.ts';
export type { Behaviour, BehaviourPatch, ErrorMode, ReceiptMode } from './behaviour.ts';
export type { LedgerEntry } from './ledger.ts';
export type { InboxAddress, InboxMessage } from './inbox/inbox.ts';
export { signWebhook } from './vonage/sign-webhook.ts';
