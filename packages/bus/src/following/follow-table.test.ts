import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RawRecord, ReadBatch, Reader } from '../driver.ts';
import { followTable, ROWS_MAX } from './follow-table.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

type Log = { records: (readonly [offset: number, key: string, value: string | null])[]; end: number; fault?: Error };

/** A log of one partition that may change while it is followed. A fetch without records takes a second. */
function readerOf(log: Log): Reader {
  return {
    ranges: async () => [{ topic: 't', partition: 0, from: log.records[0]?.[0] ?? log.end, end: log.end }],
    async fetch([position]): Promise<ReadBatch[]> {
      if (log.fault) throw log.fault;
      const from = position!.offset;
      const records = log.records
        .filter(([offset]) => offset >= from)
        .map(([offset, key, value]): RawRecord => ({
          offset: String(offset),
          timestampMs: 0,
          key,
          value: value === null ? null : Buffer.from(value),
          headers: {},
        }));
      if (records.length === 0) await new Promise((resolve) => setTimeout(resolve, 1_000));
      const last = records.at(-1);
      return [{ topic: 't', partition: 0, records, next: last ? Number(last.offset) + 1 : from }];
    },
    close: async () => undefined,
  };
}

function follow(log: Log) {
  const tables: Record<string, string>[] = [];
  const stopping = new AbortController();
  let full = 0;
  let faults = 0;
  const ended = followTable<string>(
    {
      openReader: async () => readerOf(log),
      judge: ({ value }) => (value === null ? { outcome: 'none' } : { outcome: 'row', row: value.toString() }),
      onTable: (rows) => void tables.push(Object.fromEntries(rows)),
      onCurrent: () => undefined,
      onMissing: () => undefined,
      onFault: () => void faults++,
      onFull: () => void full++,
      random: () => 0.5,
    },
    stopping.signal,
  );
  const stop = async (): Promise<void> => {
    stopping.abort();
    await ended;
  };
  return { tables, stop, counts: () => ({ full, faults }) };
}

test('an end before which compaction has left nothing is reached all the same', async () => {
  const { tables, stop } = follow({ records: [[3, 'a', '1']], end: 9 });
  await vi.advanceTimersByTimeAsync(1_500);
  expect(tables).toEqual([{ a: '1' }]);
  await stop();
});

test('a record before that end that another replica lacked at first is not passed over', async () => {
  const log: Log = { records: [[3, 'a', '1']], end: 9 };
  const { tables, stop } = follow(log);
  await vi.advanceTimersByTimeAsync(1_500);
  log.records.push([5, 'b', '1']);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(tables.at(-1)).toEqual({ a: '1', b: '1' });
  await stop();
});

test('after a fault the table is read anew: a row whose tombstone is gone by then does not stay', async () => {
  const log: Log = {
    records: [
      [0, 'a', '1'],
      [1, 'b', '1'],
    ],
    end: 2,
  };
  const { tables, stop, counts } = follow(log);
  await vi.advanceTimersByTimeAsync(100);
  expect(tables).toEqual([{ a: '1', b: '1' }]);
  log.fault = new Error('the leader has moved');
  log.records = [
    [1, 'b', '1'],
    [4, 'c', '1'],
  ];
  log.end = 5;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(tables).toHaveLength(1);
  delete log.fault;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(tables).toEqual([
    { a: '1', b: '1' },
    { b: '1', c: '1' },
  ]);
  expect(counts().faults).toBeGreaterThan(1);
  await stop();
});

test('a table holds so many rows and no more; those that it has may change', async () => {
  const records = Array.from({ length: ROWS_MAX + 2 }, (_, n) => [n, `k${n}`, '1'] as const);
  const log: Log = { records: [...records, [ROWS_MAX + 2, 'k0', '2']], end: ROWS_MAX + 3 };
  const { tables, stop, counts } = follow(log);
  await vi.advanceTimersByTimeAsync(100);
  expect(Object.keys(tables[0]!)).toHaveLength(ROWS_MAX);
  expect([tables[0]!['k0'], counts().full]).toEqual(['2', 2]);
  await stop();
});
