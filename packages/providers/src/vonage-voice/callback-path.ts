import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseAttemptId } from '@watchword/contracts';

/**
 * The Voice API carries no reference of ours, so the attempt travels in the address of its events:
 * `<callback url>/<attempt id>/<signature>`. The webhook's JWT covers the body but not the path; this signature does.
 */

/** 128 bits: nobody can try enough paths. */
const SIGNATURE_BYTES = 16;

export function callbackPath(secret: string, provider: string, attemptId: string): string {
  return `/${attemptId}/${sign(secret, provider, attemptId).toString('base64url')}`;
}

/** The attempt that a path was made for, or why there is none. Compares in constant time. */
export function readCallbackPath(
  secret: string,
  provider: string,
  path: string,
): { outcome: 'read'; attemptId: string } | { outcome: 'malformed' | 'forged' } {
  const [empty, attemptId, signature, ...rest] = path.split('/');
  if (empty !== '' || attemptId === undefined || signature === undefined || rest.length > 0) {
    return { outcome: 'malformed' };
  }
  if (!parseAttemptId(attemptId)) return { outcome: 'malformed' };
  const given = Buffer.from(signature, 'base64url');
  const right = sign(secret, provider, attemptId);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return { outcome: 'forged' };
  return { outcome: 'read', attemptId };
}

/** The prefix keeps this use of the secret apart from the webhooks' JWTs. */
function sign(secret: string, provider: string, attemptId: string): Buffer {
  return createHmac('sha256', secret)
    .update(`watchword/callback-path/v1|${provider}|${attemptId}`)
    .digest()
    .subarray(0, SIGNATURE_BYTES);
}
