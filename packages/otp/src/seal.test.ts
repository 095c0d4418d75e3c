import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyRing } from './key-ring.ts';
import { open, seal } from './seal.ts';

const keys = { s1: new Uint8Array(32).fill(1), s2: new Uint8Array(32).fill(2) };
const ring = createKeyRing({ seal: { current: 's1', keys } }).narrow('seal');
const broken = expect.objectContaining({ code: 'OTP_SEAL_BROKEN', retry: false });

describe('seal and open', () => {
  it('give back what was sealed, for any text and record', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, aad) => {
        expect(open(ring, seal(ring, text, aad), aad)).toBe(text);
      }),
    );
  });

  it('never give the same sealed text twice, and show nothing of the plaintext', () => {
    const sealed = new Set(Array.from({ length: 100 }, () => seal(ring, '+491701234567', 'a')));
    expect(sealed.size).toBe(100);
    for (const text of sealed) expect(text).toMatch(/^s1\.[\w-]{55}$/);
  });

  it('open for no other record', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (text, aad, other) => {
        fc.pre(aad !== other);
        expect(() => open(ring, seal(ring, text, aad), other)).toThrow(broken);
      }),
    );
  });

  it('open no more after any change of one character, unless the key id is now unknown', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(),
        fc.constantFrom('A', 'z', '0', '-', '_', '.', '+', '/', '=', 's', '2', ' ', 'ä'),
        (text, position, character) => {
          const sealed = seal(ring, text, 'a');
          const at = position % sealed.length;
          fc.pre(sealed[at] !== character);
          const changed = sealed.slice(0, at) + character + sealed.slice(at + 1);
          expect(() => open(ring, changed, 'a')).toThrow(
            expect.objectContaining({ code: expect.stringMatching(/^OTP_(SEAL_BROKEN|KEY_MISSING)$/) }),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('open no more after any single bit flip, cut or addition', () => {
    const bytes = Buffer.from(seal(ring, '+491701234567', 'a').slice(3), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => open(ring, `s1.${changed.toString('base64url')}`, 'a')).toThrow(broken);
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(() => open(ring, `s1.${bytes.subarray(0, length).toString('base64url')}`, 'a')).toThrow(broken);
    }
    expect(() => open(ring, `s1.${bytes.toString('base64url')}AA`, 'a')).toThrow(broken);
  });

  it('say so when the text is none of ours', () => {
    for (const text of ['', '.', 's1', 's1.', '+491701234567', '.AAAA']) {
      expect(() => open(ring, text, 'a')).toThrow(broken);
    }
  });

  it('bind the key id: the same bytes under another id do not open', () => {
    const both = createKeyRing({ seal: { current: 's1', keys: { s1: keys.s1, s2: keys.s1 } } });
    expect(() => open(both, seal(both, 'x', 'a').replace('s1.', 's2.'), 'a')).toThrow(broken);
  });

  it('go on opening old values after a rotation, until the key is removed', () => {
    const sealed = seal(ring, 'x', 'a');
    expect(open(createKeyRing({ seal: { current: 's2', keys } }), sealed, 'a')).toBe('x');
    const removed = createKeyRing({ seal: { current: 's2', keys: { s2: keys.s2 } } });
    expect(() => open(removed, sealed, 'a')).toThrow(expect.objectContaining({ code: 'OTP_KEY_MISSING' }));
  });
});
