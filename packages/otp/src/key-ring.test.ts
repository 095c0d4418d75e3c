import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createKeyRing, KEYS_PER_ROLE_MAX, type KeyRing } from './key-ring.ts';

const bytes = (fill: number) => new Uint8Array(32).fill(fill);
const material = {
  seal: { current: 's2', keys: { s1: bytes(1), s2: bytes(2), s3: bytes(3) } },
  pepper: { current: 'p1', keys: { p1: bytes(4) } },
};

describe('key ring', () => {
  it('gives the current key first, then the others', () => {
    const ring = createKeyRing(material);
    expect(ring.current('seal').kid).toBe('s2');
    expect(ring.all('seal').map((key) => key.kid)).toEqual(['s2', 's3', 's1']);
    expect(new Uint8Array(ring.get('seal', 's3').export())).toEqual(bytes(3));
  });

  it('refuses a role that was not given, and one that was narrowed away', () => {
    const ring = createKeyRing(material);
    const narrow = ring.narrow('pepper') as KeyRing<'pepper' | 'seal'>;
    expect(narrow.current('pepper').kid).toBe('p1');
    for (const ask of [
      () => ring.current('lookup'),
      () => ring.narrow('factor'),
      () => narrow.current('seal'),
      () => narrow.get('seal', 's1'),
      () => narrow.all('seal'),
      () => narrow.narrow('seal'),
    ]) {
      expect(ask).toThrow(expect.objectContaining({ code: 'OTP_KEY_FORBIDDEN', retry: false }));
    }
  });

  it('lets the compiler refuse too few roles and take more than enough', () => {
    const needsBoth = (ring: KeyRing<'seal' | 'pepper'>) => ring.roles;
    const needsOne = (ring: KeyRing<'pepper'>) => ring.roles;
    const both = createKeyRing(material).narrow('seal', 'pepper');
    expect(needsBoth(both)).toEqual(['seal', 'pepper']);
    expect(needsOne(both)).toEqual(['seal', 'pepper']);
    // @ts-expect-error a ring of one role where two are needed
    expect(needsBoth(both.narrow('pepper'))).toEqual(['pepper']);
  });

  it('names an unknown key id, but repeats none that is no key id', () => {
    const ring = createKeyRing(material);
    expect(() => ring.get('seal', 'old')).toThrow(
      expect.objectContaining({ code: 'OTP_KEY_MISSING', context: { role: 'seal', kid: 'old' } }),
    );
    expect(() => ring.get('seal', '+491701234567')).toThrow(expect.objectContaining({ context: { role: 'seal' } }));
  });

  it('refuses keys of another size, bad ids, a current id without key, and too many keys', () => {
    const many = Object.fromEntries(Array.from({ length: KEYS_PER_ROLE_MAX + 1 }, (_, n) => [`k${n}`, bytes(n)]));
    for (const [seal, code] of [
      [{ current: 'a', keys: { a: new Uint8Array(31) } }, 'OTP_CONFIG_INVALID'],
      [{ current: 'A', keys: { A: bytes(1) } }, 'OTP_CONFIG_INVALID'],
      [{ current: 'ninechars', keys: { ninechars: bytes(1) } }, 'OTP_CONFIG_INVALID'],
      [{ current: 'k0', keys: many }, 'OTP_CONFIG_INVALID'],
      [{ current: 'b', keys: { a: bytes(1) } }, 'OTP_KEY_MISSING'],
    ] as const) {
      expect(() => createKeyRing({ seal })).toThrow(expect.objectContaining({ code }));
    }
  });

  it('takes private keys for ingress, of the two kinds that are used, and prints nothing of them', () => {
    const pem = (key: ReturnType<typeof generateKeyPairSync>['privateKey']) =>
      key.export({ type: 'pkcs8', format: 'pem' }).toString();
    const ec = pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const rsa = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    const ring = createKeyRing({ ingress: { current: 'e1', keys: { e1: ec, r1: rsa } } });
    expect(ring.all('ingress').map(({ kid, key }) => [kid, key.type, key.asymmetricKeyType])).toEqual([
      ['e1', 'private', 'ec'],
      ['r1', 'private', 'rsa'],
    ]);
    const printed = `${inspect(ring.all('ingress'), { depth: 9, showHidden: true })}${JSON.stringify(ring)}`;
    for (const line of ec.split('\n').slice(1, 3)) expect(printed).not.toContain(line);
    const refused = [
      pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
      pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
      pem(generateKeyPairSync('ed25519').privateKey),
      '-----BEGIN PRIVATE KEY-----\nMIIx\n-----END PRIVATE KEY-----\n',
    ];
    for (const key of refused) {
      const make = () => createKeyRing({ ingress: { current: 'k', keys: { k: key } } });
      expect(make).toThrow(expect.objectContaining({ code: 'OTP_CONFIG_INVALID', retry: false }));
    }
  });

  it('keeps its own copy of the bytes', () => {
    const own = bytes(7);
    const ring = createKeyRing({ seal: { current: 'a', keys: { a: own } } });
    own.fill(0);
    expect(new Uint8Array(ring.get('seal', 'a').export())).toEqual(bytes(7));
  });

  it('prints roles and key ids, never bytes', () => {
    const secret = Buffer.from('0123456789abcdefghijklmnopqrstuv');
    const ring = createKeyRing({ seal: { current: 'k1', keys: { k1: secret } } });
    for (const value of [ring, ring.current('seal'), ring.all('seal'), { ring }]) {
      const printed = `${inspect(value, { depth: 9, showHidden: true })}${JSON.stringify(value)}`;
      expect(printed).toContain('k1');
      expect(printed).not.toMatch(/48|0x30|30 31|0123456789abcdef|MDEy/);
    }
  });
});
