import { writeFileSync } from 'node:fs';
import { createBus } from '@watchword/bus';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { Product } from './start-product.ts';

/**
 * Writes what topics hold by now as a consumer dumps it: the value of each record, a line each.
 *
 * @returns the values
 */
export async function exportTopics(product: Product, topics: readonly string[], file: string): Promise<string[]> {
  const { topicPrefix } = product;
  const bus = createBus(
    { brokers: inject('kafkaBrokers'), clientId: 'export', topicPrefix, groupPrefix: topicPrefix },
    { log: pino({ level: 'silent' }) },
  );
  const values: string[] = [];
  try {
    await bus.read({
      topics: [...topics],
      mustExist: true,
      fromMs: 0,
      envelope: 'none',
      handle: async ({ value }) => void values.push(value.toString('utf8')),
    });
  } finally {
    await bus.close(2_000);
  }
  writeFileSync(file, `${values.join('\n')}\n`);
  return values;
}
