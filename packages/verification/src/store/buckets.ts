import type { StoreContext } from './context.ts';
import { parseEntry, type OutboxEntry } from './outbox.ts';
import { stateFault } from './scripts.ts';

/** What belongs to a bucket as a whole: deadlines, outbox, lookups. */
export function createBuckets({ run, keys, redis }: StoreContext) {
  return {
    async sweep(
      bucket: number,
      most: { deadlines: number; events: number },
    ): Promise<{ now: number; due: { id: string; kind: string }[]; waiting: OutboxEntry[] }> {
      const [now, members, waiting] = (await run(
        'sweep',
        [keys.deadlines(bucket), keys.outbox(bucket)],
        [most.deadlines, most.events],
      )) as [number, string[], unknown[]];
      const due = members.map((member) => {
        const bar = member.lastIndexOf('|');
        return { id: member.slice(0, bar), kind: member.slice(bar + 1) };
      });
      return { now, due, waiting: waiting.map((each) => parseEntry(bucket, each)!) };
    },

    async removeShipped(bucket: number, streamIds: readonly string[]): Promise<void> {
      try {
        await redis.xdel(keys.outbox(bucket), ...streamIds);
      } catch (cause) {
        throw stateFault('removeShipped', cause);
      }
    },

    /** The id of the live (or just ended) verification of a tenant, purpose and recipient. */
    async findByLookup(bucket: number, lookup: string): Promise<string | undefined> {
      try {
        return (await redis.get(keys.lookup(bucket, lookup))) ?? undefined;
      } catch (cause) {
        throw stateFault('findByLookup', cause);
      }
    },
  };
}
