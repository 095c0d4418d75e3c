/** A valid Snappy block of literals alone, as a compressor makes it of what it cannot compress. */
export function storedSnappy(bytes: Buffer): Buffer {
  const parts: Buffer[] = [lengthOf(bytes.length)];
  if (bytes.length > 0) {
    const tag = Buffer.alloc(5);
    tag.writeUInt8(63 << 2);
    tag.writeUInt32LE(bytes.length - 1, 1);
    parts.push(tag, bytes);
  }
  return Buffer.concat(parts);
}

function lengthOf(size: number): Buffer {
  const bytes: number[] = [];
  for (let left = size; ; left >>= 7) {
    bytes.push(left < 0x80 ? left : (left & 0x7f) | 0x80);
    if (left < 0x80) return Buffer.from(bytes);
  }
}

/** xxHash32 of the descriptor below without a seed, its second byte: 4 MiB blocks, independent, no checksums. */
const LZ4_HEADER = Buffer.from('04224d186070', 'hex');
const LZ4_HEADER_CHECKSUM = 0x73;

/** A valid LZ4 frame of one stored block. */
export function storedLz4(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE((bytes.length + 0x8000_0000) >>> 0);
  const block = bytes.length === 0 ? [] : [size, bytes];
  return Buffer.concat([LZ4_HEADER, Buffer.from([LZ4_HEADER_CHECKSUM]), ...block, Buffer.alloc(4)]);
}
