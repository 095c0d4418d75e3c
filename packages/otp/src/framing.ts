/**
 * One byte string out of several fields, so that no two lists of fields give the same bytes: each field is preceded by
 * its length (4 bytes, big endian). Without it "ab" + "c" and "a" + "bc" would get the same tag. The first field is the
 * domain: it keeps one use of a key from ever answering for another.
 */
export function frame(domain: string, fields: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (const field of [domain, ...fields]) {
    const bytes = Buffer.from(field, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}
