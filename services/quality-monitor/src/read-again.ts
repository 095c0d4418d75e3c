import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@watchword/bus';
import type { CountedRecord } from './judge-record.ts';

/** After a rebalance many partitions want it at once: one read of a topic serves them all. */
const GATHER_MS = 50;

interface Wish {
  topic: string;
  partition: number;
  fromMs: number;
  before: number;
  take(record: CountedRecord): void;
}

/**
 * Reads the last stretch of partitions once more, to know what was in it.
 *
 * @returns a function that resolves when all of the wanted stretch has been handed over, in its order. Rejects as `Bus.read` does
 */
export function createReadAgain(bus: Pick<Bus, 'read'>): (wish: Wish) => Promise<void> {
  const gathering = new Map<string, { wishes: Wish[]; reading: Promise<void> }>();

  async function read(topic: string, wishes: Wish[]): Promise<void> {
    await sleep(GATHER_MS);
    gathering.delete(topic);
    const byPartition = Map.groupBy(wishes, ({ partition }) => partition);
    await bus.read({
      topics: [topic],
      fromMs: Math.min(...wishes.map(({ fromMs }) => fromMs)),
      handle: async ({ partition, offset, envelope, timestampMs, value }) => {
        for (const wish of byPartition.get(partition) ?? []) {
          if (timestampMs < wish.fromMs || Number(offset) >= wish.before) continue;
          wish.take({ topic, id: envelope.id, timestampMs, value });
        }
      },
    });
  }

  return async (wish) => {
    const { topic } = wish;
    let gathered = gathering.get(topic);
    if (!gathered) {
      const wishes: Wish[] = [];
      gathered = { wishes, reading: read(topic, wishes) };
      gathering.set(topic, gathered);
    }
    gathered.wishes.push(wish);
    return gathered.reading;
  };
}
