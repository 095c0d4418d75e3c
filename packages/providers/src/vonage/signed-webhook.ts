import { createHash, timingSafeEqual, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Verified, WebhookRequest } from '../port.ts';
import { asObject } from './problem.ts';

/**
 * Vonage's signed webhooks: `Authorization: Bearer <JWT>`, HS256 under the account's signature secret, claims `iss`,
 * `iat`, `jti`, `payload_hash` (SHA-256 of the raw body in hex), `api_key`, and `application_id` where there is one.
 * Source: https://developer.vonage.com/en/getting-started/concepts/webhooks (decoding signed webhooks).
 *
 * `verifySignature` of @vonage/jwt is not enough: it takes any algorithm, and looks at neither the hash nor the age.
 */
export interface WebhookTrust {
  /** The signature secret as a key, made once: from text jsonwebtoken makes one for each token. */
  signatureKey: KeyObject;
  apiKey: string;
  applicationId?: string;
}

/** How far the signing clock and ours may be apart; also how long a replay has to be remembered. */
const AGE_MAX_MS = 5 * 60_000;
/** It becomes part of a key in Redis; theirs are UUIDs. */
const REPLAY_ID_MAX_CHARS = 256;

export function verifySignedWebhook(trust: WebhookTrust, request: WebhookRequest): Verified {
  const token = /^Bearer +([\w.~+/=-]+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  if (token === undefined) return { outcome: 'refused', reason: 'unsigned' };
  const claims = readClaims(token, trust.signatureKey, request.nowMs);
  if (!claims || !isOurs(claims, trust)) return { outcome: 'refused', reason: 'signature' };
  if (!hashMatches(claims['payload_hash'], request.rawBody)) return { outcome: 'refused', reason: 'payload' };
  const { iat, jti } = claims;
  if (typeof iat !== 'number' || !(Math.abs(request.nowMs - iat * 1000) <= AGE_MAX_MS)) {
    return { outcome: 'refused', reason: 'stale' };
  }
  // Without an id a replay could not be told from the first request.
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > REPLAY_ID_MAX_CHARS) {
    return { outcome: 'refused', reason: 'malformed' };
  }
  return { outcome: 'verified', replayId: jti, replayUntilMs: Math.ceil(iat * 1000) + AGE_MAX_MS };
}

function readClaims(token: string, key: KeyObject, nowMs: number): Record<string, unknown> | undefined {
  try {
    // The age is ours to judge (`iat` both ways), but a token's own limits are kept if it has any.
    const options = { algorithms: ['HS256' as const], clockTimestamp: Math.floor(nowMs / 1000) };
    return asObject(jwt.verify(token, key, options));
  } catch {
    return undefined;
  }
}

/** A token for another account or application, signed with the same secret, is not for this provider. */
function isOurs(claims: Record<string, unknown>, trust: WebhookTrust): boolean {
  const agrees = (claim: string, expected: string | undefined) =>
    claims[claim] === undefined || expected === undefined || expected === '' || claims[claim] === expected;
  return agrees('iss', 'Vonage') && agrees('api_key', trust.apiKey) && agrees('application_id', trust.applicationId);
}

function hashMatches(claimed: unknown, rawBody: Buffer): boolean {
  if (typeof claimed !== 'string' || !/^[0-9a-f]{64}$/i.test(claimed)) return false;
  return timingSafeEqual(Buffer.from(claimed, 'hex'), createHash('sha256').update(rawBody).digest());
}
