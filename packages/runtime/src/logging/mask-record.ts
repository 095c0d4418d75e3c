import { maskText } from './mask-text.ts';

const HIDDEN = '[redacted]';
/** Deeper than this nothing of ours is; what is deeper is cut. */
const DEPTH_MAX = 8;
/** A stack has some thousand characters; what is longer is a body that strayed into a log. */
const TEXT_MAX = 16_384;

/** Names whose value is never shown, written without case, underscores and hyphens. */
const SECRET_NAMES = new Set(
  (
    'text body rawbody payload spokentext html subject message content authorization cookie setcookie xapikey apikey ' +
    'apisecret privatekey signaturesecret password passwd secret token accesstoken jwt pepper seed keymaterial sealed'
  ).split(' '),
);
/** Names of addresses: masked as such, and hidden where they hold something else than a word. */
const ADDRESS_NAMES = new Set(
  'to recipient recipients address phone phonenumber number msisdn email mailbox mail'.split(' '),
);
/** Names of codes. Error codes share the name and are let through by their form. */
const CODE_NAMES = new Set('code codes otp pin passcode digits verificationcode'.split(' '));
const ERROR_CODE = /^(?:E[A-Z]{2,}|[A-Z][A-Z]+(?:_[A-Z0-9]+)+|[a-z]+(?:_[a-z]+)+)$/;
const WORD = /^[a-z]+(?:[_-][a-z]+)*$/;
/** Names whose values are digits by nature; only a value of nothing but digits passes. */
const COUNTER_NAMES = new Set('offset highwatermark lag timestamp version build'.split(' '));
/** Names that this process chose itself. */
const OWN_NAMES = new Set(['instance', 'hostname', 'service']);

/** A log record with everything masked that could be a code, an address or a secret: by name, and by content. */
export function maskRecord(record: Record<string, unknown>): Record<string, unknown> {
  // `message` is a secret name for records (a provider's answer), but an error's message is what one reads a log for.
  return maskObject(record, 0, false);
}

function maskObject(object: Record<string, unknown>, depth: number, isError: boolean): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) out[maskText(key)] = maskField(key, value, depth, isError);
  return out;
}

function maskField(key: string, value: unknown, depth: number, isError: boolean): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value;
  const name = key.toLowerCase().replaceAll(/[_-]/g, '');
  if (isError && name === 'message') return maskValue(value, depth, false);
  if (SECRET_NAMES.has(name)) return HIDDEN;
  if (CODE_NAMES.has(name)) return typeof value === 'string' && ERROR_CODE.test(value) ? value : HIDDEN;
  if (ADDRESS_NAMES.has(name)) return maskAddress(value);
  if (typeof value === 'string') {
    if (OWN_NAMES.has(name) || (COUNTER_NAMES.has(name) && /^[0-9]{1,19}$/.test(value))) return value;
  }
  return maskValue(value, depth, name === 'err' || name === 'error' || name === 'cause');
}

function maskAddress(value: unknown): unknown {
  if (typeof value !== 'string') return HIDDEN;
  if (WORD.test(value)) return value;
  const masked = maskText(value);
  return masked === value ? HIDDEN : masked;
}

function maskValue(value: unknown, depth: number, isError: boolean): unknown {
  if (typeof value === 'string') return maskText(value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}…` : value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '[cut]';
  if (Array.isArray(value)) return value.map((item) => maskValue(item, depth + 1, isError));
  return maskObject(value as Record<string, unknown>, depth + 1, isError);
}
