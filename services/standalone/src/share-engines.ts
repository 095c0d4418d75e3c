import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@watchword/runtime';
import { tryLock, type Engines } from '@watchword/testkit';

/** As many as a small Kafka bears: each has topics of its own. */
const SHARES_MAX = 16;

/** A prefix for the names of keys, topics and groups; empty for whoever is alone. */
export interface Share {
  prefix: string;
  release(): void;
}

/**
 * Runs beside each other on a Redis and a Kafka that were given to them would take each other's work, with other keys and
 * other simulated phones. Each takes the first number that no living process of this machine has.
 *
 * @throws Error when all are taken
 */
export function claimShare(engines: Pick<Engines, 'origin' | 'redisUrl' | 'kafkaBrokers'>): Share {
  const { redis, kafka } = engines.origin;
  if (redis !== 'environment' && kafka !== 'environment') return { prefix: '', release: () => undefined };
  const engine = createHash('sha256').update(`${engines.redisUrl} ${engines.kafkaBrokers.join()}`).digest('hex');
  const folder = join(tmpdir(), `watchword-${process.getuid?.() ?? 'user'}`);
  for (let number = 1; number <= SHARES_MAX; number++) {
    const lock = tryLock(join(folder, `${engine.slice(0, 16)}-${number}.lock`));
    if (lock.outcome === 'locked')
      return { prefix: number === 1 ? '' : `run${number}-`, release: () => lock.release() };
  }
  throw new Error(`${SHARES_MAX} runs use this Redis and this Kafka at once. End some of them.`);
}

export function underPrefix(config: Config, prefix: string): Config {
  const { redis, kafka } = config;
  return {
    ...config,
    redis: { ...redis, namespace: `${prefix}${redis.namespace}` },
    kafka: { ...kafka, topicPrefix: `${prefix}${kafka.topicPrefix}` },
  };
}
