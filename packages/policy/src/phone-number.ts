import {
  isSupportedCountry,
  type NumberType,
  parsePhoneNumberFromString,
  type PhoneNumber,
} from 'libphonenumber-js/max';
import {
  type NormalisedRecipient,
  type RecipientKind,
  type RecipientPolicy,
  type RefusedRecipient,
  refuse,
} from './recipient.ts';

/** E.164 has at most 15 digits; twice that leaves room for the most generous spacing and keeps the parser's work small. */
const PHONE_NUMBER_INPUT_LENGTH_MAX = 40;
/** Digits of any script, and what people put between them; everything else (letters, extensions, URIs) is refused. */
const PHONE_NUMBER_SHAPE = /^[+＋]?[\p{Nd}\s().\-‐‑–—/]+$/u;

/**
 * E.164 from any usual spelling that carries the country code: `+49 170 1234567`, `+49 (0)170/1234567`, `0049 170-1234567`.
 * Types and validity are libphonenumber's, with full metadata (the small set does not know types).
 */
export function normalisePhoneNumber(
  channel: 'sms' | 'voice',
  text: string,
  policy: RecipientPolicy,
): NormalisedRecipient | RefusedRecipient {
  if (text.length > PHONE_NUMBER_INPUT_LENGTH_MAX) {
    return refuse('invalid_number', `a phone number has at most ${PHONE_NUMBER_INPUT_LENGTH_MAX} characters`);
  }
  const trimmed = text.trim();
  if (!PHONE_NUMBER_SHAPE.test(trimmed)) {
    return refuse(
      'invalid_number',
      'a phone number is a plus sign and digits, with spaces, dashes, dots, slashes or brackets',
    );
  }
  const international = trimmed.replace(/^(?:＋|00)/, '+');
  if (!international.startsWith('+')) {
    return refuse('invalid_number', 'the number has no country code: start it with + or 00');
  }
  const phone = parsePhoneNumberFromString(international, { extract: false });
  if (!phone?.isValid()) return refuse('invalid_number', 'no numbering plan has such a number');

  const judged = judgeType(channel, phone.getType());
  if (judged.outcome === 'refused') return judged;
  return judgeCountry(channel, phone, judged.kind, policy);
}

function judgeCountry(
  channel: 'sms' | 'voice',
  phone: PhoneNumber,
  kind: RecipientKind,
  policy: RecipientPolicy,
): NormalisedRecipient | RefusedRecipient {
  const { country, number } = phone;
  if (country === undefined) return refuse('special_number', 'the number belongs to no country');
  if (policy.allowedCountries && !policy.allowedCountries.includes(country)) {
    return refuse('country_not_allowed', `numbers of ${country} are not allowed here`);
  }
  return { outcome: 'ok', channel, value: number, key: number, country, kind };
}

function judgeType(
  channel: 'sms' | 'voice',
  type: NumberType,
): { outcome: 'ok'; kind: RecipientKind } | RefusedRecipient {
  switch (type) {
    case 'MOBILE':
      return { outcome: 'ok', kind: 'mobile' };
    case 'FIXED_LINE_OR_MOBILE':
      return { outcome: 'ok', kind: 'fixed_line_or_mobile' };
    case 'VOIP':
      return { outcome: 'ok', kind: 'voip' };
    case 'FIXED_LINE':
      // Some networks read texts out to a fixed line, most drop them silently and are paid: a call is what works there.
      if (channel === 'sms') return refuse('fixed_line', 'a fixed line takes no SMS; use voice');
      return { outcome: 'ok', kind: 'fixed_line' };
    case 'PREMIUM_RATE':
      return refuse('premium_number', 'a premium-rate number');
    case 'PERSONAL_NUMBER':
      // Follow-me numbers (+44 70, +1 500) are charged like premium ones and are a classic of call fraud.
      return refuse('premium_number', 'a personal number, charged like a premium one');
    case 'SHARED_COST':
      return refuse('shared_cost', 'a shared-cost number');
    case 'TOLL_FREE':
    case 'UAN':
    case 'PAGER':
    case 'VOICEMAIL':
      return refuse('special_number', `a number of type ${type.toLowerCase()} belongs to no person`);
    case undefined:
      return refuse('invalid_number', 'the number is of no known type');
  }
}

/**
 * The number without its last four digits: what neighbours in a leased range share, so pumping shows in it.
 *
 * @param value E.164
 */
export function numberPrefix(value: string): string {
  return value.slice(0, -4);
}

/** Whether a number may be one of this country. @param code ISO 3166-1 alpha-2 in capitals */
export function isCountry(code: string): boolean {
  return isSupportedCountry(code);
}
