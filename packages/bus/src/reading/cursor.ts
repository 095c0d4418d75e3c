import type { PartitionRange, Position, RawRecord, ReadBatch } from '../driver.ts';

/** Where a read stands in every partition, and where it ends: at the offset that was the end when it began. */
export interface Cursor {
  place(ranges: readonly PartitionRange[]): void;
  isPlaced(): boolean;
  /**
   * What the log holds by now: what retention has deleted is left out, and where a log was cut or made anew, or a topic
   * is gone, the end comes down to what is there.
   */
  clamp(present: readonly PartitionRange[]): void;
  /** The partitions that are not at their end. */
  open(): Position[];
  /** The records of the batch that belong to the read. */
  take(batch: ReadBatch): { records: readonly RawRecord[]; moved: boolean };
  /** Offsets between start and end, of which some may hold no record. */
  total(): number;
}

export function createCursor(): Cursor {
  const places = new Map<string, PartitionRange>();
  let placed = false;
  let total = 0;
  const keyOf = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}/${partition}`;

  return {
    place(ranges) {
      placed = true;
      for (const range of ranges) {
        places.set(keyOf(range), { ...range });
        total += range.end - range.from;
      }
    },
    isPlaced: () => placed,
    clamp(present) {
      const held = new Map(present.map((range) => [keyOf(range), range]));
      for (const [key, place] of places) {
        const range = held.get(key);
        place.from = Math.max(place.from, range?.from ?? place.end);
        place.end = Math.min(place.end, range?.end ?? place.end);
      }
    },
    open: () =>
      [...places.values()]
        .filter(({ from, end }) => from < end)
        .map(({ topic, partition, from }) => ({ topic, partition, offset: from })),
    take(batch) {
      const place = places.get(keyOf(batch));
      if (!place) return { records: [], moved: false };
      const { from, end } = place;
      const records = batch.records.filter(({ offset }) => Number(offset) >= from && Number(offset) < end);
      place.from = Math.max(from, batch.next);
      return { records, moved: place.from > from };
    },
    total: () => total,
  };
}
