import { promisify } from 'node:util';
import { unzip, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { decodeLz4 } from '../codecs/lz4.ts';
import { decodeSnappy } from '../codecs/snappy.ts';

/** Of one record batch, decompressed. A broker takes batches of 1 MiB unless told otherwise, and text is rarely compressed more than tenfold. */
const BATCH_BYTES_MAX = 32 * 1024 * 1024;

const unzipped = promisify(unzip);
const unzstd = promisify(zstdDecompress);
const limit = { maxOutputLength: BATCH_BYTES_MAX };

/**
 * Lets this process read what others compress. kafkajs knows gzip alone, and ends a consumer at the first batch of any
 * other kind; the consumer would come back to the same batch until retention deletes it. Its codecs are the module's, not
 * a client's. Ours are for reading: we compress nothing.
 */
export function readAllCodecs(): void {
  const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs;
  const reads = (decompress: (bytes: Buffer) => Buffer | Promise<Buffer>) => () => ({
    compress: () => Promise.reject(new TypeError('records are not compressed here')),
    decompress: async (bytes: Buffer) => decompress(bytes),
  });
  codecs[types.GZIP] = reads((bytes) => unzipped(bytes, limit));
  codecs[types.Snappy] = reads((bytes) => decodeSnappy(bytes, BATCH_BYTES_MAX));
  codecs[types.LZ4] = reads((bytes) => decodeLz4(bytes, BATCH_BYTES_MAX));
  codecs[types.ZSTD] = reads((bytes) => unzstd(bytes, limit));
}
