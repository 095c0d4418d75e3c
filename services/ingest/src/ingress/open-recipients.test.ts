import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createKeyRing, type KeyRing } from '@watchword/otp';
import { CompactEncrypt, importJWK } from 'jose';
import { expect, test } from 'vitest';
import { renderJwkSet } from './jwk-set.ts';
import { openRecipients } from './open-recipients.ts';

const make = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const [former, current] = [make(), make()];
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const ringOf = (keys: Record<string, KeyObject>, kid: string): KeyRing<'ingress'> =>
  createKeyRing({
    ingress: { current: kid, keys: Object.fromEntries(Object.entries(keys).map(([id, key]) => [id, pem(key)])) },
  });
const rotated = ringOf({ e1: former, e2: current }, 'e2');

async function encrypt(key: KeyObject, plaintext: string | Uint8Array, header: object = {}): Promise<string> {
  const bytes = typeof plaintext === 'string' ? new TextEncoder().encode(plaintext) : plaintext;
  return new CompactEncrypt(bytes)
    .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', ...header })
    .encrypt(createPublicKey(key));
}
const open = async (body: Record<string, unknown>, keys: KeyRing<'ingress'> | undefined = rotated, clear = false) =>
  openRecipients({ keys }, body, clear);
const unreadable = { outcome: 'rejected', code: 'unreadable_recipient' };

test('every address of a body is opened, the rest of it is left as it is, and so is what was given', async () => {
  const [a, b] = [await encrypt(current, '+49151', { kid: 'e2' }), await encrypt(current, 'b@example.com')];
  const given = { to: a, workflow: ['sms', { channel: 'email', to: b }, { channel: 'voice' }], purpose: 'pay', to2: a };
  const before = structuredClone(given);
  expect(await open(given)).toEqual({
    outcome: 'opened',
    body: {
      to: '+49151',
      workflow: ['sms', { channel: 'email', to: 'b@example.com' }, { channel: 'voice' }],
      purpose: 'pay',
      to2: a,
    },
  });
  expect(given).toEqual(before);
});

test('while a rotation lasts both keys open, named or not; then only the new one', async () => {
  for (const [key, kid] of [
    [former, 'e1'],
    [current, 'e2'],
  ] as const) {
    for (const header of [{ kid }, {}]) {
      expect(await open({ to: await encrypt(key, 'x', header) })).toEqual({ outcome: 'opened', body: { to: 'x' } });
    }
  }
  const after = ringOf({ e2: current }, 'e2');
  for (const header of [{ kid: 'e1' }, { kid: 'e2' }, {}]) {
    expect(await open({ to: await encrypt(former, 'x', header) }, after)).toMatchObject(unreadable);
  }
});

test('without keys nothing is opened; in clear only where it may be, and an encrypted one is opened there too', async () => {
  const jwe = await encrypt(current, '+49151');
  expect(await openRecipients({ keys: undefined }, { to: jwe }, true)).toMatchObject(unreadable);
  expect(await open({ to: '+49151' })).toMatchObject({ outcome: 'rejected', code: 'clear_recipient' });
  expect(await open({ to: '+49151' }, rotated, true)).toEqual({ outcome: 'opened', body: { to: '+49151' } });
  expect(await open({ to: jwe }, rotated, true)).toEqual({ outcome: 'opened', body: { to: '+49151' } });
});

test('what is no text, or larger than any address needs, is unreadable; more steps than there may be are not opened', async () => {
  expect(await open({ to: await encrypt(current, new Uint8Array([0xff, 0xfe])) })).toMatchObject(unreadable);
  expect(await open({ to: await encrypt(current, 'x'.repeat(4_000)) })).toMatchObject({
    ...unreadable,
    errors: [{ path: 'to', message: 'is longer than 4096 characters' }],
  });
  const workflow = Array.from({ length: 7 }, () => ({ channel: 'sms', to: '+49151' }));
  expect(await open({ workflow })).toEqual({ outcome: 'opened', body: { workflow } });
});

test('a rejection repeats nothing of what was given', async () => {
  const to = '+4915112345678';
  expect(JSON.stringify(await open({ to }))).not.toContain('15112345678');
});

test('the JWK set holds the public halves only, the current one first, and what is encrypted to it is opened', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ring = ringOf({ e1: former, e2: current, r1: rsa }, 'e2');
  const { keys } = renderJwkSet(ring);
  expect(keys.map(({ kid, kty, alg }) => [kid, kty, alg])).toEqual([
    ['e2', 'EC', 'ECDH-ES+A256KW'],
    ['r1', 'RSA', 'RSA-OAEP-256'],
    ['e1', 'EC', 'ECDH-ES+A256KW'],
  ]);
  for (const key of keys) {
    expect(Object.keys(key).filter((field) => ['d', 'p', 'q', 'dp', 'dq', 'qi'].includes(field))).toEqual([]);
    const jwe = await new CompactEncrypt(new TextEncoder().encode('x'))
      .setProtectedHeader({ alg: key.alg, enc: 'A256GCM', kid: key.kid })
      .encrypt(await importJWK(key, key.alg));
    expect(await open({ to: jwe }, ring)).toEqual({ outcome: 'opened', body: { to: 'x' } });
  }
  expect(renderJwkSet(undefined)).toEqual({ keys: [] });
});
