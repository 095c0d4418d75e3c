import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, Subscription } from '@watchword/bus';
import { QUALITY_GROUP } from '@watchword/contracts';
import type { CountsStore } from '@watchword/quality';
import { COUNTED_TOPICS } from './judge-record.ts';
import { createPartitionCount, type PartitionCount, type PartitionCountDeps } from './partition-count.ts';
import { createReadAgain } from './read-again.ts';

/** Counts go to Redis so often: what a provider does is seen a second later, and one script counts a second's records. */
const FLUSH_MS = 1_000;
/** Records of one partition that wait for the next flush: so many a second at most, from each of 24 partitions. */
const CONCURRENCY = 2_000;

export interface CountEventsDeps {
  bus: Pick<Bus, 'subscribe' | 'read'>;
  store: CountsStore;
  onRecord: PartitionCountDeps['onRecord'];
  onWaiting: (records: number) => void;
}

/** Counts attempts, receipts and outcomes into the buckets of their cells, each event once. */
export async function countEvents({
  bus,
  store,
  onRecord,
  onWaiting,
}: CountEventsDeps): Promise<{ stop(): Promise<void> }> {
  const partitions = new Map<string, PartitionCount>();
  const readAgain = createReadAgain(bus);

  const partitionOf = (topic: string, partition: number): PartitionCount => {
    const name = `${topic}/${partition}`;
    let count = partitions.get(name);
    if (!count) {
      count = createPartitionCount({
        store,
        partition: name,
        onRecord,
        readAgain: async (fromMs, before, take) => readAgain({ topic, partition, fromMs, before, take }),
      });
      partitions.set(name, count);
    }
    return count;
  };
  const flush = async (): Promise<void> => {
    onWaiting([...partitions.values()].reduce((sum, count) => sum + count.waiting(), 0));
    await Promise.all([...partitions.values()].map(async (count) => count.flush()));
  };

  const stopping = new AbortController();
  const flushing = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(FLUSH_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // rejects only when stopped
      await flush();
    }
  })();
  const subscription: Subscription = await bus.subscribe({
    group: QUALITY_GROUP,
    topics: [...COUNTED_TOPICS],
    concurrency: CONCURRENCY,
    anyOrder: true,
    handle: async ({ topic, partition, offset, timestampMs, value, envelope }) =>
      partitionOf(topic, partition).take({ topic, offset: Number(offset), timestampMs, value, id: envelope.id }),
  });
  return {
    async stop() {
      // what has been taken is counted by the flushes that go on meanwhile
      await subscription.stop();
      stopping.abort();
      await flushing;
    },
  };
}
