import type { StoreContext } from './context.ts';
import { parseEntry, type OutboxEntry } from './outbox.ts';
import { stateFault } from './scripts.ts';

/** What operators do with the events that no version could compose. */
export function createQuarantined({ keys, redis }: StoreContext) {
  return {
    /** A bucket's quarantined events from the oldest on, `after` (left out: from the first) those of an earlier page. */
    async readQuarantine(bucket: number, countMax: number, after?: string): Promise<OutboxEntry[]> {
      const from = after === undefined ? '-' : `(${after}`;
      const page = await redis
        .xrange(keys.quarantine(bucket), from, '+', 'COUNT', countMax)
        .catch((cause: unknown) => Promise.reject(stateFault('readQuarantine', cause)));
      return page.map((each) => parseEntry(bucket, each)!);
    },

    async findQuarantined(bucket: number, streamId: string): Promise<OutboxEntry | undefined> {
      const page = await redis
        .xrange(keys.quarantine(bucket), streamId, streamId)
        .catch((cause: unknown) => Promise.reject(stateFault('findQuarantined', cause)));
      return page[0] && parseEntry(bucket, page[0]);
    },

    /** Puts an event back into its outbox, whence the sweep ships it within half a minute or finds it unfit again. */
    async putBack({ bucket, streamId, fields }: OutboxEntry): Promise<void> {
      try {
        await redis.xadd(keys.outbox(bucket), '*', ...[...fields].flat());
        // after the copy: an event twice has one id and is dropped by whoever reads it, an event lost is lost
        await redis.xdel(keys.quarantine(bucket), streamId);
      } catch (cause) {
        throw stateFault('putBack', cause);
      }
    },
  };
}
