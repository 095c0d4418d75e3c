import jwt from 'jsonwebtoken';
import type { VonageProviderConfig } from '../config.ts';
import { publicKeyOf } from './keys.ts';

/** Seconds that the caller's clock may be ahead or behind. */
const CLOCK_TOLERANCE_S = 5;

/**
 * Whether a request carries the account's credentials: a JWT (RS256, `application_id` claim) or, where `basic` is
 * allowed, `apiKey:apiSecret`. https://developer.vonage.com/en/getting-started/concepts/authentication
 */
export function isAuthorized(
  authorization: string | undefined,
  account: VonageProviderConfig,
  allowed: 'jwt' | 'jwt_or_basic',
): boolean {
  const [scheme, credentials] = (authorization ?? '').split(' ');
  if (!credentials) return false;
  switch (scheme?.toLowerCase()) {
    case 'bearer':
      return isTokenOf(credentials, account);
    case 'basic':
      return (
        allowed === 'jwt_or_basic' &&
        account.apiSecret !== undefined &&
        Buffer.from(credentials, 'base64').toString() === `${account.apiKey}:${account.apiSecret}`
      );
    default:
      return false;
  }
}

function isTokenOf(token: string, account: VonageProviderConfig): boolean {
  if (account.publicKey === undefined) return false;
  try {
    const claims = jwt.verify(token, publicKeyOf(account.publicKey), {
      algorithms: ['RS256'],
      clockTolerance: CLOCK_TOLERANCE_S,
    });
    return typeof claims === 'object' && claims['application_id'] === account.applicationId;
  } catch {
    // Whatever is wrong with it, it does not open the door.
    return false;
  }
}
