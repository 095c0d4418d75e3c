export { normaliseRecipient } from './normalise-recipient.ts';
export { REFUSAL_REASONS } from './recipient.ts';
export type {
  NormalisedRecipient,
  RecipientKind,
  RecipientPolicy,
  RefusalReason,
  RefusedRecipient,
} from './recipient.ts';
export { numberPrefix, PHONE_NUMBER_INPUT_LENGTH_MAX } from './phone-number.ts';
export { EMAIL_ADDRESS_LENGTH_MAX } from './email-address.ts';
export { maskRecipient } from './mask-recipient.ts';
export { isPurpose } from './purpose.ts';
export { BRAND_LENGTH_MAX, renderText } from './texts/render-text.ts';
export type { EmailContent, RenderedContent, SmsContent, TextRequest, VoiceContent } from './texts/render-text.ts';
