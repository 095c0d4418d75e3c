/** No field is larger than 4 GB. */
const LENGTH_BYTES = 4;

/**
 * One byte string out of several fields, so that no two lists of fields give the same bytes: each field is preceded by
 * its length (4 bytes, big endian). Without it "ab" + "c" and "a" + "bc" would get the same tag. The first field is the
 * domain: it keeps one use of a key from ever answering for another.
 */
export function frame(domain: string, fields: readonly string[]): Buffer {
  const all = [domain, ...fields];
  const framed = Buffer.allocUnsafe(all.reduce((size, field) => size + LENGTH_BYTES + Buffer.byteLength(field), 0));
  let at = 0;
  for (const field of all) {
    const length = framed.write(field, at + LENGTH_BYTES);
    framed.writeUInt32BE(length, at);
    at += LENGTH_BYTES + length;
  }
  return framed;
}
