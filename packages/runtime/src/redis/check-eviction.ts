import { BaseError } from '@watchword/contracts';
import { Cluster, type Redis } from 'ioredis';
import type { Logger } from 'pino';

/**
 * Refuses a Redis that may evict: an evicted verification is a code that never checks, an evicted limit is none, an
 * evicted job is a code never sent. Of a Cluster every master is asked. Managed Redis often forbids CONFIG, and so does the
 * least user of docs/redis.md; then nothing can be said.
 * @throws BaseError OTP_CONFIG_INVALID when `maxmemory-policy` isn't noeviction.
 */
export async function checkEviction(redis: Redis | Cluster, options: { log: Logger; name: string }): Promise<void> {
  const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
  const policies = await Promise.all(servers.map(readPolicy));
  if (policies.includes(undefined)) {
    options.log.debug({ redis: options.name }, 'maxmemory-policy cannot be read here; it must be noeviction');
  }
  const policy = policies.find((each) => each !== undefined && each !== 'noeviction');
  if (policy === undefined) return;
  redis.disconnect();
  throw new BaseError(
    'OTP_CONFIG_INVALID',
    `Redis (${options.name}) has maxmemory-policy ${policy}. It must be noeviction: anything else drops live verifications, limits and jobs in silence when memory is short.`,
    { retry: false, context: { redis: options.name, policy } },
  );
}

async function readPolicy(redis: Redis): Promise<string | undefined> {
  try {
    const answer: unknown = await redis.config('GET', 'maxmemory-policy');
    return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined;
  } catch {
    return undefined;
  }
}
