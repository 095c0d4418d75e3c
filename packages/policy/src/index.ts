export { normaliseRecipient } from './normalise-recipient.ts';
export type {
  NormalisedRecipient,
  RecipientKind,
  RecipientPolicy,
  RefusalReason,
  RefusedRecipient,
} from './recipient.ts';
export { createOperatorOfNetwork, type OperatorOfNetwork } from './operators/operator-of-network.ts';
export { createOperatorOfNumber, type OperatorOfNumber } from './operators/operator-of-number.ts';
export { isCountry, numberPrefix } from './phone-number.ts';
export { renderText } from './texts/render-text.ts';
export type { EmailContent, RenderedContent, SmsContent, TextRequest, VoiceContent } from './texts/render-text.ts';
