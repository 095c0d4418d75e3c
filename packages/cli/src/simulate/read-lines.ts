import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * The lines of a file, gzipped or not.
 *
 * @throws Error that says which file and why
 */
export function readLines(path: string): string[] {
  try {
    const bytes = readFileSync(path);
    const isGzip = GZIP_MAGIC.every((byte, at) => bytes[at] === byte);
    return (isGzip ? gunzipSync(bytes) : bytes).toString('utf8').split('\n');
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
