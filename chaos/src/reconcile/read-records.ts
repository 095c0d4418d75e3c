import { BUCKETS } from '@watchword/contracts';
import type { Redis } from 'ioredis';
import { withRedis } from '@watchword/stage';
import type { RecordFact } from './history.ts';

/** Keys of one answer of SCAN. */
const PAGE = 1_000;

const tag = (bucket: number): string => `{b${bucket.toString(16).padStart(2, '0')}}`;

/** Every record of a verification, by a SCAN of the tool's own: the product never does that. */
export async function readRecords(url: string): Promise<RecordFact[]> {
  return withRedis(url, async (redis) => {
    const deadlines = await countDeadlines(redis);
    const records: RecordFact[] = [];
    for (let cursor = '0'; ;) {
      const [next, keys] = await redis.scan(cursor, 'MATCH', '{b*}:v:*', 'COUNT', PAGE);
      for (const [id, fields] of await readFields(redis, keys)) {
        const [status, expiresAt] = fields;
        // gone since the scan
        if (!status) continue;
        records.push({ id, status, expiresAt: Number(expiresAt), deadlines: deadlines.get(id) ?? 0 });
      }
      if (next === '0') return records;
      cursor = next;
    }
  });
}

/** Events that still wait for Kafka, over all buckets. */
export async function countOutbox(url: string): Promise<number> {
  return withRedis(url, async (redis) => {
    const lengths = await Promise.all(everyBucket((bucket) => redis.xlen(`${tag(bucket)}:o`)));
    return lengths.reduce((sum, length) => sum + length, 0);
  });
}

async function readFields(redis: Redis, keys: readonly string[]): Promise<[string, (string | null)[]][]> {
  return Promise.all(
    keys.map(async (key): Promise<[string, (string | null)[]]> => {
      return [key.slice(key.lastIndexOf(':') + 1), await redis.hmget(key, 'st', 'ea')];
    }),
  );
}

/** By id: how many members of its bucket's deadlines name it. */
async function countDeadlines(redis: Redis): Promise<Map<string, number>> {
  const members = await Promise.all(everyBucket((bucket) => redis.zrange(`${tag(bucket)}:d`, '0', '-1')));
  const counts = new Map<string, number>();
  for (const member of members.flat()) {
    const id = member.slice(0, member.indexOf('|'));
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

function everyBucket<T>(of: (bucket: number) => T): T[] {
  return Array.from({ length: BUCKETS }, (_, bucket) => of(bucket));
}
