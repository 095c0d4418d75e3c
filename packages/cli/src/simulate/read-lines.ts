import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

const GZIP_MAGIC = [0x1f, 0x8b] as const;
/** As long as a record of Kafka may be: what is longer is no file of lines, and would be held in memory as a whole. */
const LINE_MAX_CHARS = 1_048_576;

/**
 * The lines of a file or a pipe, gzipped or not, without holding more than one of them.
 *
 * @throws Error that says which file and why
 */
export async function* readLines(path: string): AsyncGenerator<string> {
  try {
    yield* splitLines(await unzip(createReadStream(path)));
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Looks at the first bytes only, since a pipe cannot be read twice. */
async function unzip(source: Readable): Promise<AsyncIterable<Buffer>> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const { value: first } = await chunks.next();
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (first) yield first;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    } finally {
      source.destroy();
    }
  }
  if (!GZIP_MAGIC.every((byte, at) => first?.[at] === byte)) return all();
  // an error of either is met by whoever reads what comes out
  return pipeline(Readable.from(all()), createGunzip(), () => undefined);
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (rest.length > LINE_MAX_CHARS) throw new Error(`a line has more than ${LINE_MAX_CHARS} characters`);
    yield* lines;
  }
  yield rest + decoder.decode();
}
