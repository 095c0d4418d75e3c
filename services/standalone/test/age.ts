import { bucketOfId, createKeys } from '@watchword/verification';
import type { Api } from './start-api.ts';

/**
 * Lets a verification's life end now, so that no test waits 30 s for it: the end is a field of the record and a deadline
 * beside it, and everything reads it from there.
 */
export async function endLife({ redis, product }: Pick<Api, 'redis' | 'product'>, id: string): Promise<void> {
  const keys = createKeys(product.namespace);
  const [seconds, micros] = await redis.time();
  const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  await redis.hset(keys.record(id), 'ea', String(now));
  await redis.zadd(keys.deadlines(bucketOfId(id)), String(now), `${id}|life`);
}
