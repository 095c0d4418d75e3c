/** Where decompressed bytes go. Both formats are made of literals and of copies of what came before. */
export interface Room {
  bytes: Buffer;
  used: number;
  /** A few bytes may stand for a great many: no more than this is ever taken. */
  bytesMax: number;
}

/** @throws RangeError where `size` bytes are more than may be taken */
export function growTo(room: Room, size: number): void {
  if (size <= room.bytes.length) return;
  if (size > room.bytesMax) throw new RangeError(`a record batch of more than ${room.bytesMax} bytes`);
  const grown = Buffer.alloc(Math.min(room.bytesMax, Math.max(size, 2 * room.bytes.length)));
  room.bytes.copy(grown, 0, 0, room.used);
  room.bytes = grown;
}

/** @throws RangeError where the input ends before, or there is no room */
export function appendLiteral(room: Room, input: Buffer, begin: number, length: number): void {
  if (begin + length > input.length) throw new RangeError('a literal behind the end of its block');
  growTo(room, room.used + length);
  input.copy(room.bytes, room.used, begin, begin + length);
  room.used += length;
}

/** @throws RangeError where it begins before the first byte, or there is no room */
export function appendCopy(room: Room, distance: number, length: number): void {
  if (distance === 0 || distance > room.used) throw new RangeError('a copy of what is not there');
  growTo(room, room.used + length);
  const { bytes } = room;
  // Byte by byte: a copy may overlap with what it makes.
  for (let to = room.used; to < room.used + length; to++) bytes[to] = bytes[to - distance]!;
  room.used += length;
}
