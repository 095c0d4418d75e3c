import { backOffMs, pause } from '../back-off.ts';
import type { Position, RawRecord, ReadBatch, Reader } from '../driver.ts';

/** One request in so long where nothing changes; what does change is answered at once. */
const IDLE_WAIT_MS = 2_000;
/** A first dispatcher makes the topic some seconds after the others have started. */
const MISSING_POLL_MS = 1_000;
/** A leader moves in a second or two. */
const RETRY = { firstMs: 100, maxMs: 2_000 };
/** Of some hundred bytes to some kilobytes each. More is no table that people write by hand. */
export const ROWS_MAX = 10_000;

export interface FollowTableDeps<Row> {
  openReader(): Promise<Reader>;
  /** @returns what counts under the record's key from now on; `skipped`: what counted before */
  judge(
    record: RawRecord,
    partition: number,
  ): { outcome: 'row'; row: Row } | { outcome: 'none' } | { outcome: 'skipped' };
  /** A record of a new key came when there were `ROWS_MAX` already. */
  onFull(record: RawRecord, partition: number): void;
  onTable(rows: ReadonlyMap<string, Row>): void;
  /** All that Kafka has is in what `onTable` was last given. */
  onCurrent(): void;
  onMissing(): void;
  onFault(error: unknown): void;
  random: () => number;
}

/**
 * Follows until `signal`. Each reader begins at the beginning, with a table of its own that takes the former one's place once it is
 * whole: whatever happened to the log meanwhile (compacted beyond a tombstone, made anew) is then in it. Never rejects.
 */
export async function followTable<Row>(deps: FollowTableDeps<Row>, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    let reader: Reader | undefined;
    try {
      reader = await openUntil(deps, signal);
      if (!reader) return;
      const found = await readOn(deps, reader, signal, () => (attempt = 0));
      if (found === 'missing') {
        deps.onMissing();
        await pause(MISSING_POLL_MS, signal);
        continue;
      }
    } catch (error) {
      if (!signal.aborted) deps.onFault(error);
    } finally {
      void reader?.close();
    }
    await pause(backOffMs(attempt, RETRY, deps.random()), signal);
  }
}

/** @returns undefined where the signal came first: whoever stops does not wait for a broker that hangs */
async function openUntil<Row>(
  { openReader }: Pick<FollowTableDeps<Row>, 'openReader'>,
  signal: AbortSignal,
): Promise<Reader | undefined> {
  const opening = openReader();
  const reader = await untilAborted(opening, signal);
  // nobody waits for it any more, nor for why it failed
  if (!reader) void opening.then(async (late) => late.close()).catch(() => undefined);
  return reader;
}

/** Reads one table to its end and follows it. Rejects with the first fault of the reader. */
async function readOn<Row>(
  deps: FollowTableDeps<Row>,
  reader: Reader,
  signal: AbortSignal,
  onWhole: () => void,
): Promise<'missing' | 'stopped'> {
  const ranges = await untilAborted(reader.ranges(0), signal);
  if (ranges === undefined) return 'stopped';
  if (ranges.length === 0) return 'missing';
  const places = new Map(ranges.map((range) => [range.partition, { ...range }]));
  const rows = new Map<string, Row>();
  let drained = false;
  let whole = false;
  let changed = true;
  for (;;) {
    whole ||= drained || [...places.values()].every(({ from, end }) => from >= end);
    if (whole && changed) {
      deps.onTable(new Map(rows));
      deps.onCurrent();
      onWhole();
      changed = false;
    }
    const positions = [...places.values()].map(({ topic, partition, from }): Position => ({
      topic,
      partition,
      offset: from,
    }));
    const fetching: Promise<ReadBatch[]> = reader.fetch(positions, whole ? IDLE_WAIT_MS : undefined);
    const batches = await untilAborted(fetching, signal);
    if (batches === undefined) return 'stopped';
    // what compaction has left at the end of a log is nothing: no end is waited for that no record comes before
    drained = batches.length === places.size && batches.every(({ records }) => records.length === 0);
    for (const { partition, records, next } of batches) {
      const place = places.get(partition)!;
      place.from = Math.max(place.from, next);
      for (const record of records) if (take(deps, rows, record, partition)) changed = true;
    }
  }
}

/** @returns whether the table is another one now */
function take<Row>(deps: FollowTableDeps<Row>, rows: Map<string, Row>, record: RawRecord, partition: number): boolean {
  const judged = deps.judge(record, partition);
  if (judged.outcome === 'skipped') return false;
  if (judged.outcome === 'none') return rows.delete(record.key);
  if (rows.size >= ROWS_MAX && !rows.has(record.key)) {
    deps.onFull(record, partition);
    return false;
  }
  rows.set(record.key, judged.row);
  return true;
}

/** @returns undefined where the signal came first; what the work comes to then, a fault too, is nobody's */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  const end = (): void => aborted.resolve(undefined);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
