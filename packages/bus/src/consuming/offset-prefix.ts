/**
 * Which records of one partition are finished, and up to where all of them are: the only offset that may be committed.
 * Offsets may have gaps (compaction, control records). As numbers they are exact up to 2^53, which no partition reaches.
 */
export interface OffsetPrefix {
  /** Offsets come in rising order. */
  start(offset: number): void;
  finish(offset: number): void;
  /** The offset after the finished prefix, or undefined while nothing is finished. */
  next(): number | undefined;
  firstUnfinished(): number | undefined;
  /** How many. */
  unfinished(): number;
  /** How many there are from the first unfinished one on, finished or not. */
  span(): number;
}

/** The list is cut when this many of its first entries are done with: rarely enough to cost nothing. */
const COMPACT_AT = 1_024;

export function createOffsetPrefix(): OffsetPrefix {
  let offsets: number[] = [];
  let head = 0;
  const finished = new Set<number>();
  let next: number | undefined;

  return {
    start(offset) {
      offsets.push(offset);
    },
    finish(offset) {
      finished.add(offset);
      for (let first = offsets[head]; first !== undefined && finished.delete(first); first = offsets[head]) {
        next = first + 1;
        head++;
      }
      if (head < COMPACT_AT) return;
      offsets = offsets.slice(head);
      head = 0;
    },
    next: () => next,
    firstUnfinished: () => offsets[head],
    unfinished: () => offsets.length - head - finished.size,
    span: () => offsets.length - head,
  };
}
