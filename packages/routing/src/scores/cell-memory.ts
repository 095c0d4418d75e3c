import { countConverted, type Bucket } from '../quality/bucket.ts';
import { shareByAge } from '../quality/conversion-delay.ts';
import { NOTHING, aged, isFinal, observed, type Memory } from './memory.ts';

/**
 * The memory of a cell as a pure function of its buckets: those that are final one after the other, then what is pending by its age.
 *
 * @param buckets in the order of their start, none twice
 * @param cumulated shares of conversions by delay (`cumulateDelays`)
 */
export function rememberBuckets(buckets: readonly Bucket[], nowMs: number, cumulated: readonly number[]): Memory {
  let memory = NOTHING;
  for (const bucket of buckets) memory = takeIn(memory, bucket, nowMs, cumulated);
  return aged(memory, nowMs);
}

function takeIn(memory: Memory, bucket: Bucket, nowMs: number, cumulated: readonly number[]): Memory {
  const { startMs, widthMs, submitted } = bucket;
  const share = isFinal(bucket, nowMs) ? 1 : shareByAge(cumulated, nowMs - startMs - widthMs / 2);
  return observed(memory, submitted * share, countConverted(bucket), startMs);
}

/** The same, for somebody who asks again and again: buckets that are final are taken in once. */
export interface CellMemory {
  /** Puts a bucket in the place of what was known of its stretch, and gives that back. */
  put(bucket: Bucket): Bucket | undefined;
  /** Drops what ends before a time; what it has taught stays until something before it changes. */
  dropBefore(atMs: number): void;
  remember(nowMs: number, cumulated: readonly number[]): Memory;
  buckets(): readonly Bucket[];
}

export function createCellMemory(): CellMemory {
  let buckets: Bucket[] = [];
  let folded: { memory: Memory; count: number; untilMs: number } = { memory: NOTHING, count: 0, untilMs: 0 };

  return {
    put(bucket) {
      const at = buckets.findLastIndex(({ startMs }) => startMs <= bucket.startMs);
      const there = buckets[at];
      const before = there?.startMs === bucket.startMs && there.widthMs === bucket.widthMs ? there : undefined;
      if (before) buckets[at] = bucket;
      else buckets.splice(at + 1, 0, bucket);
      // what was taken in already has changed: all is taken in anew
      if (bucket.startMs < folded.untilMs) folded = { memory: NOTHING, count: 0, untilMs: 0 };
      return before;
    },
    dropBefore(atMs) {
      const dropped = buckets.findIndex(({ startMs, widthMs }) => startMs + widthMs > atMs);
      const count = dropped === -1 ? buckets.length : dropped;
      if (count === 0) return;
      buckets = buckets.slice(count);
      folded = { ...folded, count: Math.max(0, folded.count - count) };
    },
    remember(nowMs, cumulated) {
      let { memory, count, untilMs } = folded;
      for (let next = buckets[count]; next && isFinal(next, nowMs); next = buckets[count]) {
        memory = takeIn(memory, next, nowMs, cumulated);
        count += 1;
        untilMs = next.startMs + next.widthMs;
      }
      folded = { memory, count, untilMs };
      for (const bucket of buckets.slice(count)) memory = takeIn(memory, bucket, nowMs, cumulated);
      return aged(memory, nowMs);
    },
    buckets: () => buckets,
  };
}
