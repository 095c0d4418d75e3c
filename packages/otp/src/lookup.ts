import { createHmac } from 'node:crypto';
import { BUCKETS } from '@watchword/contracts';
import { frame } from './framing.ts';
import type { KeyRing } from './key-ring.ts';

/** A keyed hash with the id of its key: 22 characters of base64url, 128 bits. */
export interface KeyedHash {
  kid: string;
  value: string;
}

/** 128 bits: no two of a billion addresses meet, and no address is found by trying. */
const HASH_BYTES = 16;

/**
 * The name under which a recipient is found. Keyed, since plain hashes of phone numbers are reversed by counting through
 * them.
 *
 * @param recipient normalised: equal people must give equal text (`policy`'s `key`)
 * @param kid the lookup key; the current one by default. After a rotation try the former one for 24 h.
 * @throws BaseError `OTP_KEY_MISSING`, `OTP_KEY_FORBIDDEN`
 */
export function lookupKey(
  ring: KeyRing<'lookup'>,
  tenant: string,
  purpose: string,
  recipient: string,
  kid?: string,
): KeyedHash {
  return shorten(hmac(ring, 'recipient', [tenant, purpose, recipient], kid));
}

/**
 * Where a recipient's verifications live, 0-255. The purpose has no part in it, so that the limits of a recipient are
 * beside all of their verifications.
 */
export function bucketOf(ring: KeyRing<'lookup'>, tenant: string, recipient: string, kid?: string): number {
  return hmac(ring, 'bucket', [tenant, recipient], kid).bytes[0]! % BUCKETS;
}

/**
 * A keyed hash for another use (an idempotency key, an IP prefix in a limit). Uses are kept apart by `domain`, fields by
 * their lengths.
 */
export function keyedHash(ring: KeyRing<'lookup'>, domain: string, fields: readonly string[], kid?: string): KeyedHash {
  return shorten(hmac(ring, `use/${domain}`, fields, kid));
}

function shorten(mac: { kid: string; bytes: Buffer }): KeyedHash {
  return { kid: mac.kid, value: mac.bytes.subarray(0, HASH_BYTES).toString('base64url') };
}

function hmac(ring: KeyRing<'lookup'>, domain: string, fields: readonly string[], kid: string | undefined) {
  const lookup = kid === undefined ? ring.current('lookup') : { kid, key: ring.get('lookup', kid) };
  const mac = createHmac('sha256', lookup.key).update(frame(`watchword/lookup/${domain}/v1`, fields));
  return { kid: lookup.kid, bytes: mac.digest() };
}
