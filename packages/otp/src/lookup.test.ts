import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyRing } from './key-ring.ts';
import { bucketOf, keyedHash, lookupKey } from './lookup.ts';

const keys = { l1: new Uint8Array(32).fill(1), l2: new Uint8Array(32).fill(2) };
const ring = createKeyRing({ lookup: { current: 'l1', keys } }).narrow('lookup');

describe('lookup', () => {
  it('gives equal keys for equal people only', () => {
    const fields = fc.tuple(fc.string(), fc.string(), fc.string());
    fc.assert(
      fc.property(fields, fields, (one, other) => {
        const same = one.every((field, n) => field === other[n]);
        expect(lookupKey(ring, ...one).value === lookupKey(ring, ...other).value).toBe(same);
        expect(lookupKey(ring, ...one)).toEqual(lookupKey(ring, ...one));
      }),
    );
  });

  it('tells a border between fields', () => {
    expect(lookupKey(ring, 'ab', 'c', 'd').value).not.toBe(lookupKey(ring, 'a', 'bc', 'd').value);
    expect(lookupKey(ring, 'a', 'bc', 'd').value).not.toBe(lookupKey(ring, 'a', 'b', 'cd').value);
    expect(keyedHash(ring, 'x', ['ab', '']).value).not.toBe(keyedHash(ring, 'x', ['a', 'b']).value);
  });

  it('keeps its uses apart', () => {
    const values = [
      lookupKey(ring, 'acme', 'login', '+491701234567').value,
      keyedHash(ring, 'recipient', ['acme', 'login', '+491701234567']).value,
      keyedHash(ring, 'other', ['acme', 'login', '+491701234567']).value,
    ];
    expect(new Set(values).size).toBe(3);
    for (const value of values) expect(value).toMatch(/^[\w-]{22}$/);
  });

  it('names its key, so that the former one can be tried after a rotation', () => {
    const rotated = createKeyRing({ lookup: { current: 'l2', keys } });
    const before = lookupKey(ring, 'acme', 'login', '+491701234567');
    expect(before.kid).toBe('l1');
    expect(lookupKey(rotated, 'acme', 'login', '+491701234567').value).not.toBe(before.value);
    expect(lookupKey(rotated, 'acme', 'login', '+491701234567', 'l1')).toEqual(before);
    expect(bucketOf(rotated, 'acme', '+491701234567', 'l1')).toBe(bucketOf(ring, 'acme', '+491701234567'));
  });

  it('puts a recipient into one of 256 buckets, all of them used evenly', () => {
    const counts = Array.from({ length: 256 }, () => 0);
    for (let n = 0; n < 25_600; n++) counts[bucketOf(ring, 'acme', `+49170${n}`)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(45);
    expect(Math.max(...counts)).toBeLessThan(165);
  });
});
