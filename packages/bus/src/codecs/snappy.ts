import { appendCopy, appendLiteral, growTo, type Room } from './room.ts';

/** How Java's clients cut a record batch into blocks (xerial): this, two version numbers, then each block with its size. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic bytes, and both version numbers. */
const XERIAL_HEADER = 16;
/** Lengths of a literal from here on are in the 1 to 4 bytes behind its tag. */
const LITERAL_IN_TAG = 60;

/**
 * Snappy as Kafka's producers write it: one block, or several in xerial's frame.
 * https://github.com/google/snappy/blob/main/format_description.txt, https://github.com/xerial/snappy-java
 *
 * @throws RangeError where it is none, or becomes longer than `bytesMax`
 */
export function decodeSnappy(input: Buffer, bytesMax: number): Buffer {
  if (!input.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return decodeBlock(input, bytesMax);
  const blocks: Buffer[] = [];
  let left = bytesMax;
  for (let at = XERIAL_HEADER; at < input.length;) {
    const size = input.readInt32BE(at);
    at += 4;
    const block = decodeBlock(input.subarray(at, at + size), left);
    blocks.push(block);
    left -= block.length;
    at += size;
  }
  if (blocks.length === 0) throw new RangeError('a Snappy frame without a block');
  return Buffer.concat(blocks);
}

function decodeBlock(input: Buffer, bytesMax: number): Buffer {
  const [size, begin] = readLength(input);
  const room: Room = { bytes: Buffer.alloc(0), used: 0, bytesMax };
  growTo(room, size);
  for (let at = begin; at < input.length;) at = decodeElement(input, at, room);
  if (room.used !== size) throw new RangeError('a Snappy block of another length than it says');
  return room.bytes.subarray(0, size);
}

/** Little-endian, seven bits a byte; and where it ends. */
function readLength(input: Buffer): [size: number, end: number] {
  let size = 0;
  for (let at = 0; at < 5; at++) {
    const byte = input.readUInt8(at);
    size += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return [size, at + 1];
  }
  throw new RangeError('no length of a Snappy block');
}

/** A literal, or a copy of what is there already. Where the next one begins. */
function decodeElement(input: Buffer, at: number, room: Room): number {
  const tag = input.readUInt8(at);
  const high = tag >> 2;
  switch (tag & 3) {
    case 0: {
      const bytes = Math.max(0, high - LITERAL_IN_TAG + 1);
      const length = 1 + (bytes === 0 ? high : input.readUIntLE(at + 1, bytes));
      const begin = at + 1 + bytes;
      appendLiteral(room, input, begin, length);
      return begin + length;
    }
    case 1:
      appendCopy(room, ((tag >> 5) << 8) | input.readUInt8(at + 1), 4 + (high & 7));
      return at + 2;
    case 2:
      appendCopy(room, input.readUInt16LE(at + 1), high + 1);
      return at + 3;
    default:
      appendCopy(room, input.readUInt32LE(at + 1), high + 1);
      return at + 5;
  }
}
