/** What a partition's last records were about, to know a repeat by. Times are those of the records, so every reader knows the same. */
export interface RecentIds {
  /** Whether it was seen within the window before. */
  has(id: string, atMs: number): boolean;
  /** Times come in order. */
  remember(id: string, atMs: number): void;
  size(): number;
}

/** @param windowMs what comes later than this after it was last seen counts as new */
export function createRecentIds(windowMs: number): RecentIds {
  /** In the order of their times, since each is put at the end again: what is known is what the last window of the log says. */
  const seen = new Map<string, number>();
  return {
    has(id, atMs) {
      const seenMs = seen.get(id);
      return seenMs !== undefined && atMs - seenMs <= windowMs;
    },
    remember(id, atMs) {
      seen.delete(id);
      seen.set(id, atMs);
      for (const [oldest, seenMs] of seen) {
        if (atMs - seenMs <= windowMs) break;
        seen.delete(oldest);
      }
    },
    size: () => seen.size,
  };
}
