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
    async charge(
      recipient: { limit_bucket: number; limit_key: string },
      id: string,
      send: number,
      windows: readonly SendWindow[],
    ): Promise<{ outcome: 'charged' } | { outcome: 'refused'; retryAfterMs: number }> {
      const key = keys.sends(recipient.limit_bucket, recipient.limit_key);
      const reply = (await run('charge', [key], [`${id}.${send}`, ...flatWindows(windows)])) as [
        'charged' | 'refused',
        number,
        number,
      ];
      return reply[0] === 'charged' ? { outcome: 'charged' } : { outcome: 'refused', retryAfterMs: reply[2] };
    },

    async refund(recipient: { limit_bucket: number; limit_key: string }, id: string, send: number): Promise<void> {
      await run('refund', [keys.sends(recipient.limit_bucket, recipient.limit_key)], [`${id}.${send}`]);
    },
  };
}
