import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyRing } from './key-ring.ts';
import { candidateTags, tagCode, type TaggedCode } from './tag-code.ts';

const ring = createKeyRing({
  pepper: { current: 'p2', keys: { p1: new Uint8Array(32).fill(1), p2: new Uint8Array(32).fill(2) } },
}).narrow('pepper');
const subject: TaggedCode = { tenant: 'acme', id: 'vf_1a00x', context: '', code: '123456' };
const anySubject = fc.record({ tenant: fc.string(), id: fc.string(), context: fc.string(), code: fc.string() });

describe('tagCode', () => {
  it('is HMAC-SHA256 over length-prefixed fields, cut to 128 bits', () => {
    const framed = ['watchword/code/v1', 'acme', 'vf_1a00x', '', '123456'].map((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return Buffer.concat([length, Buffer.from(field)]);
    });
    const mac = createHmac('sha256', new Uint8Array(32).fill(2)).update(Buffer.concat(framed)).digest();
    expect(tagCode(ring, subject)).toEqual({ kid: 'p2', tag: mac.subarray(0, 16).toString('base64url') });
    expect(tagCode(ring, subject).tag).toMatch(/^[\w-]{22}$/);
  });

  it('depends on every field and on the pepper', () => {
    fc.assert(
      fc.property(anySubject, fc.constantFrom('tenant', 'id', 'context', 'code'), fc.string(), (one, field, value) => {
        fc.pre(one[field] !== value);
        expect(tagCode(ring, { ...one, [field]: value }).tag).not.toBe(tagCode(ring, one).tag);
        expect(tagCode(ring, one, 'p1').tag).not.toBe(tagCode(ring, one, 'p2').tag);
      }),
    );
  });

  it('changes when a character moves over the border between two fields', () => {
    const names = ['tenant', 'id', 'context', 'code'] as const;
    fc.assert(
      fc.property(anySubject, fc.nat(2), fc.string({ minLength: 1 }), (one, border, moved) => {
        const [left, right] = [names[border]!, names[border + 1]!];
        const before = tagCode(ring, { ...one, [left]: one[left] + moved });
        const after = tagCode(ring, { ...one, [right]: moved + one[right] });
        expect(before.tag).not.toBe(after.tag);
      }),
    );
  });

  it('gives a check the tag under every pepper, current first', () => {
    expect(candidateTags(ring, subject)).toEqual([tagCode(ring, subject), tagCode(ring, subject, 'p1')]);
  });

  it('refuses a pepper that is gone', () => {
    expect(() => tagCode(ring, subject, 'p0')).toThrow(expect.objectContaining({ code: 'OTP_KEY_MISSING' }));
  });
});
