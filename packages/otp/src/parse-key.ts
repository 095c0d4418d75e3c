import { createPrivateKey, createSecretKey, type KeyObject } from 'node:crypto';

/** AES-256 and HMAC-SHA-256 take keys of 256 bits. */
export const KEY_BYTES = 32;
/** Below it RSA is no longer thought safe (NIST SP 800-131A); above it opening one address takes tens of milliseconds. */
const RSA_BITS = { min: 2048, max: 4096 };

type ParsedKey = { outcome: 'parsed'; key: KeyObject } | { outcome: 'refused'; expected: string };

export function parseSecretKey(bytes: Uint8Array): ParsedKey {
  if (bytes.length !== KEY_BYTES) return { outcome: 'refused', expected: `${KEY_BYTES} bytes` };
  return { outcome: 'parsed', key: createSecretKey(bytes) };
}

/** A private key that opens JWEs, from PEM without a passphrase: of the kinds that the algorithms in use take, and no other. */
export function parsePrivateKey(pem: string): ParsedKey {
  const expected = `a private key as PEM: EC P-256, or RSA of ${RSA_BITS.min} to ${RSA_BITS.max} bits`;
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return { outcome: 'refused', expected }; // the cause may quote the text
  }
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const fits =
    key.asymmetricKeyType === 'rsa'
      ? modulusLength >= RSA_BITS.min && modulusLength <= RSA_BITS.max
      : key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1';
  return fits ? { outcome: 'parsed', key } : { outcome: 'refused', expected };
}
