import { domainToASCII } from 'node:url';
import { type NormalisedRecipient, type RefusedRecipient, refuse } from './recipient.ts';

/** RFC 5321 §4.5.3.1: 64 octets of local part; a path of 256 with its brackets, so 254 for the address. */
const LOCAL_PART_LENGTH_MAX = 64;
/** RFC 5321, 4.5.3.1.3: a path of 256 with its angle brackets. */
const EMAIL_ADDRESS_LENGTH_MAX = 254;
/** RFC 5322's dot-atom. Quoted local parts and SMTPUTF8 are legal, but hardly any mailbox has them and few relays take them. */
const DOT_ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
/** Before IDNA only letters, marks, digits, hyphens and dots: `domainToASCII` parses URLs and forgives far more. */
const DOMAIN_SHAPE = /^[\p{L}\p{M}\p{Nd}.。-]+$/u;
/** At least two labels of 1-63, no hyphen at either end, and a top level that is no number (so no IPv4 address). */
const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/**
 * An address as mail servers take it. The local part is sent as it was typed (its case is the receiving server's affair),
 * but counts in lower case, so that case never opens a second set of limits.
 */
export function normaliseEmailAddress(text: string): NormalisedRecipient | RefusedRecipient {
  // Before anything is copied or matched; a domain in other scripts grows when it becomes ASCII, never shrinks this much.
  if (text.length > 2 * EMAIL_ADDRESS_LENGTH_MAX) return refuse('invalid_email', 'the address is too long');
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  if (at < 1) return refuse('invalid_email', 'an address is name@domain');
  const localPart = trimmed.slice(0, at);
  if (localPart.length > LOCAL_PART_LENGTH_MAX) {
    return refuse('invalid_email', `the part before @ has at most ${LOCAL_PART_LENGTH_MAX} characters`);
  }
  if (!DOT_ATOM.test(localPart))
    return refuse('invalid_email', 'the part before @ has characters that are not allowed');

  const domain = toHostName(trimmed.slice(at + 1));
  if (domain === undefined) return refuse('invalid_email', 'the part after @ is no domain name');
  const value = `${localPart}@${domain}`;
  if (value.length > EMAIL_ADDRESS_LENGTH_MAX) {
    return refuse('invalid_email', `an address has at most ${EMAIL_ADDRESS_LENGTH_MAX} characters`);
  }
  const key = `${localPart.toLowerCase()}@${domain}`;
  return { outcome: 'ok', channel: 'email', value, key, country: '', kind: 'mailbox' };
}

function toHostName(text: string): string | undefined {
  if (!DOMAIN_SHAPE.test(text)) return undefined;
  const ascii = domainToASCII(text).toLowerCase();
  return HOST_NAME.test(ascii) ? ascii : undefined;
}
