import type { Channel } from '@watchword/contracts';

/** What libphonenumber tells of a number. Many countries (all of +1) do not tell mobile from fixed. */
export type RecipientKind = 'mobile' | 'fixed_line' | 'fixed_line_or_mobile' | 'voip' | 'mailbox';

export type RefusalReason =
  | 'invalid_number'
  | 'premium_number'
  | 'shared_cost'
  | 'special_number'
  | 'fixed_line'
  | 'country_not_allowed'
  | 'invalid_email';

export interface NormalisedRecipient {
  outcome: 'ok';
  channel: Channel;
  /** The address to send to: E.164, or the e-mail address with its domain in lower-case ASCII. */
  value: string;
  /** The address for limits and lookups: as `value`, the e-mail's local part lower-cased too. */
  key: string;
  /** ISO 3166-1 alpha-2; '' for e-mail. */
  country: string;
  kind: RecipientKind;
}

/** `detail` says what is wrong in words for a developer; it never repeats the address. */
export interface RefusedRecipient {
  outcome: 'refused';
  reason: RefusalReason;
  detail: string;
}

export interface RecipientPolicy {
  /** ISO 3166-1 alpha-2, upper case; all countries when absent. E-mail addresses have none and always pass. */
  allowedCountries?: readonly string[];
}

export function refuse(reason: RefusalReason, detail: string): RefusedRecipient {
  return { outcome: 'refused', reason, detail };
}
