import type { CellChange, CountsStore, Place } from '@watchword/quality';
import { BUCKET_MS, NO_COUNTS, addCounts, bucketStart, cellKey, type BucketCounts } from '@watchword/routing';
import type { Counted } from './count-event.ts';
import { judgeRecord, type CountedRecord } from './judge-record.ts';
import { createRecentIds, type RecentIds } from './recent-ids.ts';

/** A repeat within this is dropped: whoever ships an event again (a crash, an outbox) does so within seconds, the sweep within a minute. */
const REPEATS_KNOWN_MS = 600_000;
/** Records that one script counts: some hundred cells at most, a few milliseconds of Redis. */
const COUNTED_AT_ONCE_MAX = 2_000;

export interface PartitionRecord extends CountedRecord {
  offset: number;
}

export interface PartitionCountDeps {
  store: Pick<CountsStore, 'readPlace' | 'fold'>;
  /** `<topic>/<n>` */
  partition: string;
  /** Hands over what lies in the log from a time on, up to an offset that is left out, in its order. */
  readAgain(fromMs: number, before: number, take: (record: CountedRecord) => void): Promise<void>;
  onRecord: (outcome: 'counted' | 'ignored' | 'unparsable') => void;
  /** Monotonic, ms. */
  now?: () => number;
}

/** Counts the records of one partition, each once, whoever has brought it how often. */
export interface PartitionCount {
  /** Resolves when the record is counted in Redis, now or before. Records come in the order of the log when they come first. */
  take(record: PartitionRecord): Promise<void>;
  /** Counts what has been taken. Never rejects: who waits is told. */
  flush(): Promise<void>;
  /** Records that are not counted yet. */
  waiting(): number;
}

interface Waiting {
  record: PartitionRecord;
  tellers: PromiseWithResolvers<void>[];
}

/** What one script is to count: judged once, and sent again as it is until Redis has said what became of it. */
interface Prepared {
  batch: readonly Waiting[];
  from: Place | undefined;
  to: Place;
  changes: CellChange[];
  broken: ReadonlyMap<Waiting, unknown>;
}

/**
 * What is taken waits in the order of the log, and goes to Redis in one piece with the place that it ends at. What Redis did not take stays
 * here, so that a record that is brought again cannot overtake another that was not.
 */
export function createPartitionCount(deps: PartitionCountDeps): PartitionCount {
  const { store, partition } = deps;
  const now = deps.now ?? (() => performance.now());
  const waiting = new Map<number, Waiting>();
  let known: { place: Place | undefined; recent: RecentIds } | undefined;
  let prepared: Prepared | undefined;
  let flushing = Promise.resolve();
  let takenAt = now();

  /** What is counted, and what the last records were: those that a crash, or another process, has counted are read again. */
  async function load(): Promise<NonNullable<typeof known>> {
    const place = await store.readPlace(partition);
    const recent = createRecentIds(REPEATS_KNOWN_MS);
    if (place) {
      await deps.readAgain(place.atMs - REPEATS_KNOWN_MS, place.offset, (record) => {
        try {
          judgeRecord(record, recent);
        } catch {
          // what could not be counted then needs not be known
        }
      });
    }
    return { place, recent };
  }

  function prepare(fresh: readonly Waiting[], { place, recent }: NonNullable<typeof known>): Prepared {
    const counted: Counted[] = [];
    const broken = new Map<Waiting, unknown>();
    for (const entry of fresh) {
      try {
        const judged = judgeRecord(entry.record, recent);
        counted.push(...judged);
        deps.onRecord(judged.length > 0 ? 'counted' : 'ignored');
      } catch (error) {
        broken.set(entry, error);
        deps.onRecord('unparsable');
      }
    }
    // a broker that takes over with a slower clock stamps earlier than its forerunner did
    const atMs = fresh.reduce((latest, { record }) => Math.max(latest, record.timestampMs), place?.atMs ?? 0);
    return {
      batch: fresh,
      from: place,
      to: { offset: fresh.at(-1)!.record.offset + 1, atMs },
      changes: changesOf(counted),
      broken,
    };
  }

  function done({ record, tellers }: Waiting, error?: unknown): void {
    waiting.delete(record.offset);
    for (const { resolve, reject } of tellers)
      if (error === undefined) resolve();
      else reject(error);
  }

  async function flushNext(): Promise<void> {
    known ??= await load();
    if (!prepared) {
      const { place } = known;
      const batch = [...waiting.values()].slice(0, COUNTED_AT_ONCE_MAX);
      for (const entry of batch) if (isCounted(entry.record, place)) done(entry);
      const fresh = batch.filter(({ record }) => waiting.has(record.offset));
      if (fresh.length === 0) return;
      prepared = prepare(fresh, known);
    }
    const { batch, from, to, changes, broken } = prepared;
    const folded = await store.fold(partition, from, to, changes);
    prepared = undefined;
    // somebody else has counted here, or an earlier try did whose answer was lost: all is looked at again
    if (folded.outcome === 'elsewhere') return void (known = undefined);
    known.place = to;
    for (const entry of batch) done(entry, broken.get(entry));
  }

  async function flush(): Promise<void> {
    if (waiting.size === 0) {
      if (now() - takenAt > REPEATS_KNOWN_MS) known = undefined;
      return;
    }
    try {
      // what comes meanwhile is the next flush's
      for (let left = Math.ceil(waiting.size / COUNTED_AT_ONCE_MAX); left > 0; left--) await flushNext();
    } catch (error) {
      for (const entry of waiting.values()) for (const { reject } of entry.tellers.splice(0)) reject(error);
    }
  }

  return {
    async take(record) {
      takenAt = now();
      const teller = Promise.withResolvers<void>();
      const there = waiting.get(record.offset);
      if (there) there.tellers.push(teller);
      else waiting.set(record.offset, { record, tellers: [teller] });
      return teller.promise;
    },
    flush: async () => (flushing = flushing.then(flush)),
    waiting: () => waiting.size,
  };
}

/** A log that was made anew begins again with small offsets, but at a later time. */
function isCounted(record: PartitionRecord, place: Place | undefined): boolean {
  return place !== undefined && record.offset < place.offset && record.timestampMs <= place.atMs;
}

/** One change for each cell, one entry for each of its stretches. */
function changesOf(counted: readonly Counted[]): CellChange[] {
  const byCell = Map.groupBy(counted, ({ cell }) => cellKey(cell));
  return [...byCell].map(([cell, ofCell]) => {
    const byStart = new Map<number, BucketCounts>();
    for (const { submittedMs, counts } of ofCell) {
      const startMs = bucketStart(submittedMs);
      byStart.set(startMs, addCounts(byStart.get(startMs) ?? NO_COUNTS, counts));
    }
    return { cell, buckets: [...byStart].map(([startMs, counts]) => ({ startMs, widthMs: BUCKET_MS, counts })) };
  });
}
