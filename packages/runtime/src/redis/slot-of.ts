const SLOTS = 16_384;
/** CRC-16/XMODEM, as the Cluster specification has it (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/). */
const POLYNOMIAL = 0x1021;

/** The Cluster slot of a key: of what stands in its first braces, where there is something, else of the whole. */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = open === -1 ? -1 : key.indexOf('}', open + 1);
  const hashed = close > open + 1 ? key.slice(open + 1, close) : key;
  let crc = 0;
  for (const byte of Buffer.from(hashed)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ POLYNOMIAL) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc % SLOTS;
}
