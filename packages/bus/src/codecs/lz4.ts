import { appendCopy, appendLiteral, type Room } from './room.ts';

const MAGIC = 0x184d2204;
/** Bits of a frame's descriptor: what else stands in its header and behind its blocks. */
const HAS_BLOCK_CHECKSUM = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_DICTIONARY = 0x01;
/** Of a block's size: the block is stored as it is. */
const STORED = 0x8000_0000;
/** The shortest copy, which is therefore not counted. */
const SHORTEST_COPY = 4;
/** A length that fills its half of a token goes on in the bytes behind it. */
const LENGTH_GOES_ON = 15;

/**
 * The LZ4 frame that Kafka's producers write. Checksums are not looked at: the batch has one, and the broker has read it.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 *
 * @throws RangeError where it is none, or becomes longer than `bytesMax`
 */
export function decodeLz4(input: Buffer, bytesMax: number): Buffer {
  if (input.readUInt32LE(0) !== MAGIC) throw new RangeError('no LZ4 frame');
  const flags = input.readUInt8(4);
  if ((flags & HAS_DICTIONARY) !== 0) throw new RangeError('an LZ4 frame with a dictionary');
  const blockTail = (flags & HAS_BLOCK_CHECKSUM) === 0 ? 0 : 4;
  // Magic number, flags, block size, where asked for the content's size, the header's checksum.
  let at = 4 + 1 + 1 + ((flags & HAS_CONTENT_SIZE) === 0 ? 0 : 8) + 1;
  // One room for all blocks: a linked block copies from those before it.
  const room: Room = { bytes: Buffer.alloc(0), used: 0, bytesMax };
  for (;;) {
    const word = input.readUInt32LE(at);
    at += 4;
    if (word === 0) return room.bytes.subarray(0, room.used);
    const size = word % STORED;
    if (word >= STORED) appendLiteral(room, input, at, size);
    else decodeBlock(input.subarray(at, at + size), room);
    at += size + blockTail;
  }
}

function decodeBlock(block: Buffer, room: Room): void {
  let at = 0;
  const readLength = (half: number): number => {
    let length = half;
    if (half < LENGTH_GOES_ON) return length;
    for (;;) {
      const more = block.readUInt8(at++);
      length += more;
      if (more < 255) return length;
    }
  };
  while (at < block.length) {
    const token = block.readUInt8(at++);
    const literal = readLength(token >> 4);
    appendLiteral(room, block, at, literal);
    at += literal;
    // The last sequence of a block is a literal alone.
    if (at === block.length) return;
    const distance = block.readUInt16LE(at);
    at += 2;
    appendCopy(room, distance, SHORTEST_COPY + readLength(token & 15));
  }
}
