import { createHash, createSecretKey, generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { describe, expect, it } from 'vitest';
import type { WebhookRequest } from '../port.ts';
import { verifySignedWebhook } from './signed-webhook.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const NOW_S = NOW_MS / 1000;
const SECRET = 'a signature secret of length';
const TRUST = { signatureKey: createSecretKey(SECRET, 'utf8'), apiKey: 'abcd1234', applicationId: 'app-1' };
const BODY = Buffer.from('{"status":"delivered",  "to":"447700900123"}');
const sha256 = (body: Buffer) => createHash('sha256').update(body).digest('hex');

const CLAIMS = {
  iss: 'Vonage',
  iat: NOW_S,
  jti: 'c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5',
  payload_hash: sha256(BODY),
  api_key: 'abcd1234',
  application_id: 'app-1',
};
// jsonwebtoken's `noTimestamp` would also take away an `iat` that is given.
const sign = (claims: object, secret = SECRET) =>
  jwt.sign(claims, secret, { algorithm: 'HS256', noTimestamp: !('iat' in claims) });
const without = (claim: keyof typeof CLAIMS) =>
  Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => name !== claim));

function request(token: string | undefined, rawBody: Buffer = BODY): WebhookRequest {
  return {
    path: '',
    query: {},
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    rawBody,
    nowMs: NOW_MS,
  };
}
const verify = (token: string | undefined, rawBody?: Buffer) => verifySignedWebhook(TRUST, request(token, rawBody));

describe('a signed webhook', () => {
  it('is verified, and its id is to be remembered for as long as it would be taken again', () => {
    expect(verify(sign(CLAIMS))).toEqual({
      outcome: 'verified',
      replayId: CLAIMS.jti,
      replayUntilMs: NOW_MS + 300_000,
    });
  });

  it('is verified without the claims that only some accounts get', () => {
    expect(verify(sign(without('application_id'))).outcome).toBe('verified');
    expect(verify(sign(without('api_key'))).outcome).toBe('verified');
  });

  it('is verified with the hash in capitals', () => {
    expect(verify(sign({ ...CLAIMS, payload_hash: CLAIMS.payload_hash.toUpperCase() })).outcome).toBe('verified');
  });

  it.each([-300, -299, 299, 300])('is verified %d s away from our clock', (seconds) => {
    expect(verify(sign({ ...CLAIMS, iat: NOW_S + seconds })).outcome).toBe('verified');
  });
});

describe('a forged webhook is refused', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const none = `${base64url({ alg: 'none', typ: 'JWT' })}.${base64url(CLAIMS)}.`;

  it('without a signature', () => {
    expect(verify(undefined)).toEqual({ outcome: 'refused', reason: 'unsigned' });
    const basic = { ...request(undefined), headers: { authorization: 'Basic YTpi' } };
    expect(verifySignedWebhook(TRUST, basic)).toEqual({ outcome: 'refused', reason: 'unsigned' });
  });

  it.each([
    ['signed with another secret', sign(CLAIMS, 'another secret, just as long')],
    ['signed with an empty secret', `${base64url({ alg: 'HS256' })}.${base64url(CLAIMS)}.`],
    ['with the algorithm none', none],
    ['with RS256', jwt.sign(CLAIMS, privateKey, { algorithm: 'RS256' })],
    ['with HS512 under the right secret', jwt.sign(CLAIMS, SECRET, { algorithm: 'HS512' })],
    ['that is no JWT', 'abc.def'],
    ['of another account', sign({ ...CLAIMS, api_key: 'ffff0000' })],
    ['of another application', sign({ ...CLAIMS, application_id: 'app-2' })],
    ['of another issuer', sign({ ...CLAIMS, iss: 'Mallory' })],
    ['that has expired by its own word', sign({ ...CLAIMS, exp: NOW_S - 1 })],
    ['whose claims are no object', jwt.sign('delivered', SECRET)],
  ])('%s', (_name, token) => {
    expect(verify(token)).toEqual({ outcome: 'refused', reason: 'signature' });
  });

  it('with a public key taken for the secret', () => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const trust = { ...TRUST, signatureKey: createSecretKey(pem, 'utf8') };
    const token = jwt.sign(CLAIMS, privateKey, { algorithm: 'RS256' });
    expect(verifySignedWebhook(trust, request(token)).outcome).toBe('refused');
  });

  it('with one byte of the body changed, even white space', () => {
    expect(verify(sign(CLAIMS), Buffer.from(BODY.toString().replace('  ', ' ')))).toEqual({
      outcome: 'refused',
      reason: 'payload',
    });
  });

  it.each([undefined, '', 'zz', sha256(BODY).slice(2), [sha256(BODY)]])('with the payload hash %j', (payload_hash) => {
    expect(verify(sign({ ...CLAIMS, payload_hash }))).toEqual({ outcome: 'refused', reason: 'payload' });
  });

  it.each([1, NOW_S - 301, NOW_S + 301])('signed at %d', (iat) => {
    expect(verify(sign({ ...CLAIMS, iat }))).toEqual({ outcome: 'refused', reason: 'stale' });
  });

  it('without a time', () => {
    expect(verify(sign(without('iat')))).toEqual({ outcome: 'refused', reason: 'stale' });
  });

  it.each([undefined, '', 'x'.repeat(257)])('with the id %j, since its replay could not be told', (jti) => {
    const { jti: _, ...claims } = CLAIMS;
    const token = sign(jti === undefined ? claims : { ...claims, jti });
    expect(verify(token)).toEqual({ outcome: 'refused', reason: 'malformed' });
  });
});
