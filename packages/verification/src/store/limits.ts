import type { StoreContext } from './context.ts';

/** A sliding window of sends: at most `limit` in `windowMs`. */
export interface SendWindow {
  windowMs: number;
  limit: number;
}

/** Windows as the scripts take them. */
export function flatWindows(windows: readonly SendWindow[]): number[] {
  return windows.flatMap(({ windowMs, limit }) => [windowMs, limit]);
}

/** Send limits of a recipient, in that recipient's own bucket. */
export function createLimits({ run, keys }: StoreContext) {
  return {
    /** @returns fresh: false where this send was charged before; only a fresh charge may be refunded by whoever made it */
    async charge(
      recipient: { limit_bucket: number; limit_key: string },
      id: string,
      send: number,
      windows: readonly SendWindow[],
    ): Promise<
      { outcome: 'charged'; now: number; fresh: boolean } | { outcome: 'refused'; now: number; retryAfterMs: number }
    > {
      const key = keys.sends(recipient.limit_bucket, recipient.limit_key);
      const reply = (await run('charge', [key], [`${id}.${send}`, ...flatWindows(windows)])) as [
        'charged' | 'refused',
        number,
        number,
      ];
      const [outcome, now, figure] = reply;
      return outcome === 'charged' ? { outcome, now, fresh: figure === 1 } : { outcome, now, retryAfterMs: figure };
    },

    async refund(
      recipient: { limit_bucket: number; limit_key: string },
      id: string,
      send: number,
    ): Promise<{ now: number }> {
      const reply = await run('refund', [keys.sends(recipient.limit_bucket, recipient.limit_key)], [`${id}.${send}`]);
      return { now: (reply as ['refunded', number])[1] };
    },
  };
}
