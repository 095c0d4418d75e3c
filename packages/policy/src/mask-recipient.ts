import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Digits of a number that stay visible at its end: enough for its owner, and for nobody to call it. */
const VISIBLE_DIGITS = 2;

/**
 * An address for people and logs: `+49********67`, `a***@example.com`. A text that is neither becomes `***`, so that
 * nothing leaks by being malformed.
 *
 * @param value a normalised recipient
 */
export function maskRecipient(value: string): string {
  if (/^\+[0-9]{7,15}$/.test(value)) return maskPhoneNumber(value);
  const at = value.lastIndexOf('@');
  if (at > 0 && /^[a-z0-9.-]+$/.test(value.slice(at + 1))) return maskEmailAddress(value.slice(0, at), value.slice(at));
  return '***';
}

function maskPhoneNumber(value: string): string {
  const callingCode = parsePhoneNumberFromString(value)?.countryCallingCode ?? '';
  const hiddenDigits = value.length - 1 - callingCode.length - VISIBLE_DIGITS;
  return `+${callingCode}${'*'.repeat(hiddenDigits)}${value.slice(-VISIBLE_DIGITS)}`;
}

/** Always three stars: the length of a name says something about it. A name of one letter is hidden whole. */
function maskEmailAddress(localPart: string, atDomain: string): string {
  return `${localPart.length > 1 ? localPart[0] : ''}***${atDomain}`;
}
