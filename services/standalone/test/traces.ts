import { createBus } from '@watchword/bus';
import { TOPICS } from '@watchword/contracts';
import { waitFor } from '@watchword/testkit';
import type { Cluster, Redis } from 'ioredis';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { Trace } from './secret-scanner.ts';
import type { Product } from './start-product.ts';

/** Everything that Redis holds under some keys: their names, and their values of every type. */
export async function redisTraces(redis: Redis | Cluster, keys: readonly string[]): Promise<Trace[]> {
  return Promise.all(
    keys.map(async (key) => {
      const type = await redis.type(key);
      return { where: `Redis ${type} ${key}`, text: [key, ...(await valuesOf(redis, key, type))].join('\n') };
    }),
  );
}

async function valuesOf(redis: Redis | Cluster, key: string, type: string): Promise<string[]> {
  switch (type) {
    case 'string':
      return [(await redis.get(key)) ?? ''];
    case 'hash':
      return hashValues(await redis.hgetall(key));
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, '0', '-1');
    case 'stream':
      return (await redis.xrange(key, '-', '+')).flatMap(([, fields]) => fields ?? []);
    case 'none':
      return []; // it expired meanwhile
    default:
      throw new Error(`no reader for a Redis ${type}`);
  }
}

/** Names, values, and what lies in pieces (`q0`, `q1`, …) as a whole: what is looked for may be cut. */
function hashValues(hash: Record<string, string>): string[] {
  let whole = '';
  for (let n = 0; hash[`q${n}`] !== undefined; n++) whole += hash[`q${n}`];
  return [...Object.entries(hash).flat(), whole];
}

export interface KafkaRecord extends Trace {
  topic: string;
  key: string;
  data: Record<string, unknown>;
}

/**
 * Every record of every topic, dead letters included, from the oldest on: key, headers and value. Past the product, by a
 * group of its own.
 *
 * @param isComplete says of the records so far that none is missing
 */
export async function kafkaTraces(
  { topicPrefix }: Pick<Product, 'topicPrefix'>,
  isComplete: (records: readonly KafkaRecord[]) => boolean,
  topics: string[] = TOPICS.map(({ name }) => name),
): Promise<KafkaRecord[]> {
  const bus = createBus(
    { brokers: inject('kafkaBrokers'), clientId: 'scanner', topicPrefix, groupPrefix: topicPrefix },
    { log: pino({ level: 'silent' }) },
  );
  const records: KafkaRecord[] = [];
  try {
    await bus.subscribe({
      group: `scanner-${topics.length}`,
      topics,
      handle: async ({ topic, key, headers, value, partition, offset }) => {
        const text = [key, ...Object.entries(headers).flat(), value.toString()].join('\n');
        const data = JSON.parse(value.toString()) as Record<string, unknown>;
        records.push({ where: `Kafka ${topic} ${partition}/${offset}`, text, topic, key, data });
      },
    });
    await waitFor(() => isComplete(records), { timeoutMs: 30_000, intervalMs: 100, what: 'every record of Kafka' });
  } finally {
    await bus.close(2_000);
  }
  return records;
}
