import { createHmac, type KeyObject } from 'node:crypto';
import { frame } from './framing.ts';
import type { KeyRing } from './key-ring.ts';

/** What a code is bound to: a tag moved to another tenant, verification or context fits no code there. */
export interface TaggedCode {
  tenant: string;
  /** the verification id */
  id: string;
  /** what the code stands for beyond the verification (a payment's canonical form); '' for nothing */
  context: string;
  code: string;
}

export interface CodeTag {
  kid: string;
  /** 22 characters of base64url */
  tag: string;
}

/**
 * 128 of HMAC-SHA256's 256 bits: half the hash, the least RFC 2104 §5 advises, and out of reach (nobody without the
 * pepper can try tags at all, and a check tries one code). It halves what three generations take in Redis and in events.
 */
const TAG_BYTES = 16;
const DOMAIN = 'watchword/code/v1';

/**
 * The only trace of a code that is stored. A keyed tag, since all codes of six digits can be hashed in a second: the
 * pepper is what the holder of a Redis dump lacks.
 *
 * @param kid the pepper to use; the current one by default
 * @throws BaseError `OTP_KEY_MISSING`, `OTP_KEY_FORBIDDEN`
 */
export function tagCode(ring: KeyRing<'pepper'>, subject: TaggedCode, kid?: string): CodeTag {
  const pepper = kid === undefined ? ring.current('pepper') : { kid, key: ring.get('pepper', kid) };
  return { kid: pepper.kid, tag: tagWith(pepper.key, subject) };
}

/** The tag under every pepper, current first: a check hands all of them to one script, whose record names its pepper. */
export function candidateTags(ring: KeyRing<'pepper'>, subject: TaggedCode): CodeTag[] {
  return ring.all('pepper').map(({ kid, key }) => ({ kid, tag: tagWith(key, subject) }));
}

function tagWith(pepper: KeyObject, { tenant, id, context, code }: TaggedCode): string {
  const mac = createHmac('sha256', pepper).update(frame(DOMAIN, [tenant, id, context, code]));
  return mac.digest().subarray(0, TAG_BYTES).toString('base64url');
}
