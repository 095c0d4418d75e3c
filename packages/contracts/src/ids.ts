import { randomBytes } from 'node:crypto';

/**
 * Verification ids: `vf_` + format digit + region letter + 2 hex digits of the bucket + 26 random base32 digits (130 bits).
 * The bucket (0-255) says where in Redis the verification lives, so an id alone is enough to find it.
 */
const FORMAT = '1';
const ID_PATTERN = /^vf_1([a-z])([0-9a-f]{2})([a-z2-7]{26})$/;
/** How many buckets a region's verifications are spread over: the number is in every id, so it never changes. */
export const BUCKETS = 256;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

export interface VerificationIdParts {
  region: string;
  /** 0-255 */
  bucket: number;
}

/** Makes a new id. `random` gives 26 bytes; only their low five bits count. */
export function createVerificationId(parts: VerificationIdParts, random: Uint8Array = randomBytes(26)): string {
  let tail = '';
  for (const byte of random.subarray(0, 26)) tail += BASE32[byte & 31];
  return `vf_${FORMAT}${parts.region}${parts.bucket.toString(16).padStart(2, '0')}${tail}`;
}

/** The parts of an id, or undefined where the text is no id of ours. */
export function parseVerificationId(id: string): VerificationIdParts | undefined {
  const match = ID_PATTERN.exec(id);
  if (!match) return undefined;
  return { region: match[1]!, bucket: Number.parseInt(match[2]!, 16) };
}

/** `<verification id>.<k>`, k counting from 1. It is what providers get as client reference. */
export function attemptId(verificationId: string, k: number): string {
  return `${verificationId}.${k}`;
}

export function parseAttemptId(id: string): { verificationId: string; k: number } | undefined {
  const dot = id.lastIndexOf('.');
  if (dot < 0) return undefined;
  const verificationId = id.slice(0, dot);
  const k = /^[1-9][0-9]{0,3}$/.test(id.slice(dot + 1)) ? Number(id.slice(dot + 1)) : undefined;
  if (k === undefined || !parseVerificationId(verificationId)) return undefined;
  return { verificationId, k };
}
