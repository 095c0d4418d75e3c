import { createHash, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { VonageProviderConfig } from '../config.ts';
import { secretKeyOf } from './keys.ts';

/**
 * The header of a signed webhook: HS256 with the account's signature secret, over claims that bind the raw body.
 * https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks
 * The id is truly random, since receivers refuse one that they have seen, in an earlier run too.
 * @param issuedAtS seconds since 1970
 */
export function signWebhook(
  account: Pick<VonageProviderConfig, 'apiKey' | 'applicationId' | 'signatureSecret'>,
  rawBody: string,
  issuedAtS: number,
): Record<string, string> {
  if (account.signatureSecret === undefined) return {};
  const claims = {
    iss: 'Vonage',
    iat: issuedAtS,
    jti: randomUUID(),
    payload_hash: createHash('sha256').update(rawBody).digest('hex'),
    api_key: account.apiKey,
    ...(account.applicationId === undefined ? {} : { application_id: account.applicationId }),
  };
  return { authorization: `Bearer ${jwt.sign(claims, secretKeyOf(account.signatureSecret), { algorithm: 'HS256' })}` };
}
