import { hash, randomBytes } from 'node:crypto';

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
/** 26 base32 digits are 130 random bits; ASVS 6.5.2 lets secrets of 112 bits and more be stored by a plain hash. */
const BODY_LENGTH = 26;
/** 30 bits: a scanner's false alarms and a mistyped key are told without asking anybody. It proves nothing else. */
const CHECKSUM_LENGTH = 6;
/** RFC 8959: the URI scheme by which scanners know a leaked bearer token. Accepted in front, never part of the hash. */
const SECRET_TOKEN_SCHEME = 'secret-token:';

export type ApiKeyMode = 'live' | 'dev';

/** `ww_<live|dev>_<26 base32>_<6 base32 of checksum>`. Shown once; only `hashApiKey` of it is kept. */
export function generateApiKey(mode: ApiKeyMode, random: Uint8Array = randomBytes(BODY_LENGTH)): string {
  const body = `ww_${mode}_${toBase32(random.subarray(0, BODY_LENGTH))}`;
  return `${body}_${checksum(body)}`;
}

/** SHA-256 in lower-case hex: what the configuration holds of a key. */
export function hashApiKey(apiKey: string): string {
  return hash('sha256', withoutScheme(apiKey));
}

function withoutScheme(text: string): string {
  return text.startsWith(SECRET_TOKEN_SCHEME) ? text.slice(SECRET_TOKEN_SCHEME.length) : text;
}

function checksum(body: string): string {
  return toBase32(hash('sha256', body, 'buffer').subarray(0, CHECKSUM_LENGTH));
}

/** One digit per byte, of its low five bits: simple, and exactly as many bits as digits. */
function toBase32(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += BASE32[byte & 31];
  return text;
}
