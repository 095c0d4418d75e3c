import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { decodeLz4 } from './lz4.ts';
import { decodeSnappy } from './snappy.ts';
import { storedLz4, storedSnappy } from '../../test/integration/stored.ts';

const ROOM = 1_000_000;
/** Twelve requests, of which each repeats most of the one before. */
const TEXT = Array.from(
  { length: 12 },
  (_, i) => `{"to":"eyJhbGciOiJFQ0RILUVTK0EyNTZLVyJ9.${(i * 7919) % 1000}","channel":"sms"}`,
).join('');
/** As Kafka's own Java client (4.3.1: snappy-java 1.1.10.7, lz4-java 1.10.2) compresses TEXT. */
const SNAPPY = Buffer.from(
  'glNOQVBQWQAAAAABAAAAAQAAAIvaBeh7InRvIjoiZXlKaGJHY2lPaUpGUTBSSUxVVlRLMEV5TlRaTFZ5SjkuMCIsImNoYW5uZWwiOiJzbXMifZ47AAg5MTnmPQAI' +
    'ODM45j0ACDc1N+Y9AAg2NzbmPQAINTk16j0ABDE05j0ACDQzM+Y9AAgzNTLmPQAIMjcx5j0ACDE5MOo9AAAwSmIC',
  'base64',
);
const LZ4 = Buffer.from(
  'BCJNGGBAgo8AAAD/LHsidG8iOiJleUpoYkdjaU9pSkZRMFJJTFVWVEswRXlOVFpMVnlKOS4wIiwiY2hhbm5lbCI6InNtcyJ9OwAVPzkxOT0AJz84Mzg9ACc/NzU3' +
    'PQAnPzY3Nj0AJz81OTU9ACgvMTQ9ACc/NDMzPQAnPzM1Mj0AJz8yNzE9ACcvMTliAigqMTBiAlBzbXMifQAAAAA=',
  'base64',
);
const XERIAL_BYTES = 20;

describe.each([
  ['Snappy in the frame of Java’s clients', SNAPPY, decodeSnappy],
  ['Snappy as one block, as other clients send it', SNAPPY.subarray(XERIAL_BYTES), decodeSnappy],
  ['LZ4', LZ4, decodeLz4],
] as const)('%s', (_, bytes, decode) => {
  test('is read as it was', () => {
    expect(decode(bytes, ROOM).toString()).toBe(TEXT);
  });

  test('is refused where it becomes longer than it may', () => {
    expect(decode(bytes, TEXT.length)).toHaveLength(TEXT.length);
    expect(() => decode(bytes, TEXT.length - 1)).toThrow(RangeError);
  });

  test('ends with an error wherever it is cut off', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(() => decode(bytes.subarray(0, length), ROOM)).toThrow(RangeError);
  });
});

test.each([0, 1, 59, 60, 61, 256, 257, 65_536, 70_000])('%d bytes that cannot be compressed are read', (size) => {
  const bytes = randomBytes(size);
  expect(decodeSnappy(storedSnappy(bytes), ROOM).equals(bytes)).toBe(true);
  expect(decodeLz4(storedLz4(bytes), ROOM).equals(bytes)).toBe(true);
});
