import { randomFillSync } from 'node:crypto';

/** 72 bits, as 12 digits of base64url. */
const BYTES = 9;
/** A call of the generator costs more than the bytes do: they are drawn for some hundred events at once. */
const POOL_BYTES = 512 * BYTES;

/** What makes event ids unique: 72 random bits each time, as 12 digits of base64url. */
export function createRandomDigits(): () => string {
  const pool = Buffer.alloc(POOL_BYTES);
  let at = POOL_BYTES;
  return () => {
    if (at === POOL_BYTES) {
      randomFillSync(pool);
      at = 0;
    }
    at += BYTES;
    return pool.toString('base64url', at - BYTES, at);
  };
}
