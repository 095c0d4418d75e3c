import type { Cell, Memory } from '@watchword/routing';
import { cellKey, parseCellKey } from './cell-key.ts';
import { carriedOut, type RedisConnection } from './scripts.ts';

/** What the monitor remembers of each cell, for those who choose. */
export interface MemoryStore {
  /** @param atMs of this publication: none is earlier than the one before */
  publish(memories: readonly (readonly [Cell, Memory])[], atMs: number): Promise<void>;
  /** What was published at or after a time, and when the last of it was; 0: everything. */
  readSince(sinceMs: number): Promise<{ memories: (readonly [Cell, Memory])[]; atMs: number }>;
}

/** Cells in one command: some 30 KB. */
const AT_ONCE_MAX = 500;

/**
 * A hash with the memories, and a sorted set that tells when each was written.
 *
 * @throws BaseError `OTP_STATE_UNAVAILABLE`, from every call
 */
export function createMemoryStore(redis: RedisConnection, options: { namespace: string }): MemoryStore {
  const tag = `{${options.namespace}quality}`;
  const [memories, written] = [`${tag}:memories`, `${tag}:written`];

  return {
    async publish(given, atMs) {
      for (let from = 0; from < given.length; from += AT_ONCE_MAX) {
        const part = given.slice(from, from + AT_ONCE_MAX);
        // the memory first: whoever reads that it was written finds it
        await carriedOut(
          'publish',
          redis.hset(memories, ...part.flatMap(([cell, memory]) => [cellKey(cell), pack(memory)])),
        );
        await carriedOut('publish', redis.zadd(written, ...part.flatMap(([cell]) => [atMs, cellKey(cell)])));
      }
    },
    async readSince(sinceMs) {
      const reply = await carriedOut('readSince', redis.zrangebyscore(written, sinceMs, '+inf', 'WITHSCORES'));
      const cells = reply.filter((_, at) => at % 2 === 0);
      const found: (readonly [Cell, Memory])[] = [];
      for (let from = 0; from < cells.length; from += AT_ONCE_MAX) {
        const part = cells.slice(from, from + AT_ONCE_MAX);
        const packed = await carriedOut('readSince', redis.hmget(memories, ...part));
        for (const [at, text] of packed.entries()) if (text) found.push([parseCellKey(part[at]!), unpack(text)]);
      }
      return { memories: found, atMs: cells.length > 0 ? Number(reply.at(-1)) : sinceMs };
    },
  };
}

/** Four digits are more than a score knows. */
const DIGITS = 5;

function pack({ converted, trials, incidentOdds, atMs }: Memory): string {
  return [converted, trials, incidentOdds]
    .map((number) => Number(number.toPrecision(DIGITS)))
    .concat(atMs)
    .join(' ');
}

function unpack(text: string): Memory {
  const [converted, trials, incidentOdds, atMs] = text.split(' ').map(Number) as [number, number, number, number];
  return { converted, trials, incidentOdds, atMs };
}
