import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { BaseError } from '@watchword/contracts';
import { frame } from './framing.ts';
import type { KeyRing } from './key-ring.ts';

/**
 * AES-256-GCM with random 96-bit nonces: good for 2^32 values per key (NIST SP 800-38D §8.3). At 100 addresses a second
 * that is more than a year; keys are rotated long before.
 */
const CIPHER = 'aes-256-gcm';
/** The length that GCM is made for (NIST SP 800-38D, 5.2.1.1). */
const NONCE_BYTES = 12;
/** The full tag; a shorter one is easier to forge. */
const AUTH_TAG_BYTES = 16;
const DOMAIN = 'watchword/seal/v1';

/**
 * Seals a text: `<key id>.<base64url(nonce | ciphertext | auth tag)>`.
 *
 * @param aad what the value belongs to (tenant, id, field): it opens only with the same. Build it without ambiguity.
 * @throws BaseError `OTP_KEY_FORBIDDEN`
 */
export function seal(ring: KeyRing<'seal'>, plaintext: string, aad: string): string {
  const { kid, key } = ring.current('seal');
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: AUTH_TAG_BYTES });
  cipher.setAAD(frame(DOMAIN, [kid, aad]));
  const sealed = Buffer.concat([nonce, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${kid}.${sealed.toString('base64url')}`;
}

/**
 * Opens what `seal` made with the same `aad`.
 *
 * @throws BaseError `OTP_SEAL_BROKEN` (changed, other record, other key), `OTP_KEY_MISSING`, `OTP_KEY_FORBIDDEN`
 */
export function open(ring: KeyRing<'seal'>, sealed: string, aad: string): string {
  const dot = sealed.indexOf('.');
  if (dot < 1) throw broken('malformed');
  const kid = sealed.slice(0, dot);
  const key = ring.get('seal', kid);
  const bytes = decodeStrictly(sealed.slice(dot + 1));
  if (!bytes || bytes.length < NONCE_BYTES + AUTH_TAG_BYTES) throw broken('malformed');

  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: AUTH_TAG_BYTES });
  decipher.setAAD(frame(DOMAIN, [kid, aad]));
  decipher.setAuthTag(bytes.subarray(-AUTH_TAG_BYTES));
  try {
    const ciphertext = bytes.subarray(NONCE_BYTES, -AUTH_TAG_BYTES);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
  } catch {
    // The cause says nothing more than "unable to authenticate data".
    throw broken('unauthentic');
  }
}

/** Buffer skips what it does not know and ignores spare bits; a sealed text has exactly one spelling. */
function decodeStrictly(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

function broken(reason: 'malformed' | 'unauthentic'): BaseError {
  return new BaseError('OTP_SEAL_BROKEN', `a sealed value is ${reason}`, {
    retry: false,
    context: { reason },
  });
}
