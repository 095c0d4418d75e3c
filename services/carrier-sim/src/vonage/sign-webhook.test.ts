import { createHash } from 'node:crypto';
import jwt, { type JwtPayload } from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import type { VonageProviderConfig } from '../config.ts';
import { signWebhook } from './sign-webhook.ts';

const account: VonageProviderConfig = {
  name: 'alpha',
  protocol: 'vonage',
  apiKey: 'abcd1234',
  applicationId: 'app-1',
  publicKey: 'unused',
  signatureSecret: 'a signature secret',
};
const BODY = '{"status":"delivered"}';
const ISSUED_AT_S = 1_700_000_000;

function claimsOf(headers: Record<string, string>): JwtPayload {
  const token = headers['authorization']!.replace('Bearer ', '');
  return jwt.verify(token, 'a signature secret', { algorithms: ['HS256'] }) as JwtPayload;
}

describe('a signed webhook', () => {
  it('carries the claims that Vonage sends, bound to the raw body', () => {
    expect(claimsOf(signWebhook(account, BODY, ISSUED_AT_S))).toEqual({
      iss: 'Vonage',
      iat: ISSUED_AT_S,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      payload_hash: createHash('sha256').update(BODY).digest('hex'),
      api_key: 'abcd1234',
      application_id: 'app-1',
    });
  });

  it('has another id each time', () => {
    const first = claimsOf(signWebhook(account, BODY, ISSUED_AT_S));
    expect(claimsOf(signWebhook(account, BODY, ISSUED_AT_S)).jti).not.toBe(first.jti);
  });

  it('goes unsigned where the account has no secret', () => {
    const { signatureSecret: _, ...unsigned } = account;
    expect(signWebhook(unsigned, BODY, ISSUED_AT_S)).toEqual({});
  });
});
