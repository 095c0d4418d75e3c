import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { PartitionRange, Position, RawRecord, ReadBatch, Reader } from '../driver.ts';
import { readTopics, STALL_MAX_MS, type ReadTopicsDeps } from './read-topics.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const recordAt = (offset: number, key: string): RawRecord => ({
  offset: String(offset),
  timestampMs: 0,
  key,
  value: null,
  headers: {},
});

/** One topic `t` whose log goes from `start` to `end`; three records a fetch. Everything may change while it is read. */
function createLog(log: { start: number; end: number; fault?: Error | undefined; gaps?: ReadonlySet<number> }) {
  const opened: { close: ReturnType<typeof vi.fn<Reader['close']>> }[] = [];
  const fetched: Position[] = [];
  const ranges = (): PartitionRange[] => [{ topic: 't', partition: 0, from: log.start, end: log.end }];
  const batchAt = ({ offset }: Position): ReadBatch => {
    if (log.fault || offset < log.start) throw log.fault ?? new Error('offset out of range');
    const next = Math.min(offset + 3, log.end);
    const offsets = Array.from({ length: next - offset }, (_, i) => offset + i).filter((each) => !log.gaps?.has(each));
    return { topic: 't', partition: 0, records: offsets.map((each) => recordAt(each, `k${each % 2}`)), next };
  };
  const openReader = async (): Promise<Reader> => {
    if (log.fault) throw log.fault;
    const close = vi.fn<Reader['close']>(() => Promise.resolve());
    opened.push({ close });
    return {
      ranges: async () => ranges(),
      async fetch(positions) {
        await Promise.resolve();
        fetched.push(...positions);
        return positions.map(batchAt);
      },
      close,
    };
  };
  return { log, openReader, opened, fetched };
}

function start(openReader: ReadTopicsDeps['openReader'], process: (offset: number) => Promise<void>) {
  const handled: number[] = [];
  const progress: unknown[] = [];
  const giveUp = new AbortController();
  const result = readTopics(
    { topics: ['t'], fromMs: 0, signal: giveUp.signal, onProgress: (each) => progress.push(each) },
    {
      openReader,
      async process({ offset }) {
        await process(Number(offset));
        handled.push(Number(offset));
        return 'done';
      },
      log: pino({ enabled: false }),
      now: Date.now,
      random: () => 0.5,
    },
  );
  const settled = result.then(
    (value) => ({ outcome: 'read' as const, ...value }),
    (error: unknown) => ({ outcome: 'failed' as const, error }),
  );
  return { settled, handled, progress, giveUp };
}

const nothing = (): Promise<void> => Promise.resolve();

test('it ends at the end that was there when it began, and closes what it opened', async () => {
  const { log, openReader, opened } = createLog({ start: 4, end: 14 });
  const { settled, handled, progress } = start(openReader, async () => {
    log.end = 50;
  });
  expect(await settled).toEqual({ outcome: 'read', records: 10, skipped: 0 });
  expect(handled.toSorted((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  expect(progress.at(-1)).toEqual({ read: 10, total: 10 });
  expect(opened).toHaveLength(1);
  expect(opened[0]!.close).toHaveBeenCalledOnce();
});

test('an end behind which there is no record is reached all the same, and topics without any record are read at once', async () => {
  const gaps = createLog({ start: 0, end: 9, gaps: new Set([3, 7, 8]) });
  const withGaps = start(gaps.openReader, nothing);
  expect(await withGaps.settled).toEqual({ outcome: 'read', records: 6, skipped: 0 });
  expect(withGaps.progress.at(-1)).toEqual({ read: 9, total: 9 });
  const empty = start(createLog({ start: 7, end: 7 }).openReader, nothing);
  expect(await empty.settled).toEqual({ outcome: 'read', records: 0, skipped: 0 });
});

test('what retention deletes meanwhile is left out; the rest is read', async () => {
  const { log, openReader, opened } = createLog({ start: 0, end: 12 });
  const { settled, handled } = start(openReader, async () => {
    log.start = 8;
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await settled).toMatchObject({ outcome: 'read' });
  expect(handled.filter((offset) => offset >= 8)).toEqual([8, 9, 10, 11]);
  expect(handled).not.toContain(7);
  expect(opened).toHaveLength(2);
});

test('a log that was deleted wholly, or made anew shorter, ends the read', async () => {
  const { log, openReader } = createLog({ start: 0, end: 12 });
  const { settled } = start(openReader, async () => {
    Object.assign(log, { start: 20, end: 20 });
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await settled).toMatchObject({ outcome: 'read', skipped: 0 });
});

test('Kafka away for a while costs nothing but time: it goes on where it was', async () => {
  const { log, openReader } = createLog({ start: 0, end: 12 });
  const { settled, handled } = start(openReader, async (offset) => {
    if (offset === 4) log.fault = new Error('connection refused');
  });
  await vi.advanceTimersByTimeAsync(STALL_MAX_MS - 5_000);
  log.fault = undefined;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await settled).toEqual({ outcome: 'read', records: 12, skipped: 0 });
  expect(handled.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test('Kafka away for long, or a handler that does not get on, fails after 30 s with a fault that says to try again', async () => {
  const away = start(createLog({ start: 0, end: 1, fault: new Error('connection refused') }).openReader, nothing);
  const stuck = start(createLog({ start: 0, end: 1 }).openReader, () => new Promise(() => undefined));
  await vi.advanceTimersByTimeAsync(STALL_MAX_MS + 1_000);
  expect(await away.settled).toMatchObject({
    outcome: 'failed',
    error: {
      code: 'OTP_BUS_UNAVAILABLE',
      retry: true,
      message: expect.stringMatching(/30000 ms; Kafka: connection refused/),
    },
  });
  expect(await stuck.settled).toMatchObject({ outcome: 'failed', error: { code: 'OTP_BUS_UNAVAILABLE', retry: true } });
});

test('a Kafka that tells the ranges and refuses every fetch is given up all the same', async () => {
  const { openReader } = createLog({ start: 0, end: 12 });
  const refusing: typeof openReader = async () => ({
    ...(await openReader()),
    fetch: () => Promise.reject(new Error('not authorized')),
  });
  const { settled } = start(refusing, nothing);
  await vi.advanceTimersByTimeAsync(STALL_MAX_MS + 1_000);
  expect(await Promise.race([settled, Promise.resolve('still reading')])).toMatchObject({
    outcome: 'failed',
    error: { code: 'OTP_BUS_UNAVAILABLE', message: expect.stringContaining('Kafka: not authorized') },
  });
});

test('records of one key are handled in their order, one at a time', async () => {
  const running = new Set<number>();
  const { settled, handled } = start(createLog({ start: 0, end: 30 }).openReader, async (offset) => {
    expect([...running].filter((other) => other % 2 === offset % 2)).toEqual([]);
    running.add(offset);
    await Promise.resolve();
    running.delete(offset);
  });
  expect(await settled).toMatchObject({ records: 30 });
  for (const parity of [0, 1]) {
    const ofKey = handled.filter((offset) => offset % 2 === parity);
    expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
  }
});

test('given up it ends at once and begins nothing more', async () => {
  const { settled, handled, giveUp } = start(createLog({ start: 0, end: 30 }).openReader, async (offset) => {
    if (offset === 5) giveUp.abort();
  });
  expect(await settled).toMatchObject({ outcome: 'failed', error: { code: 'OTP_BUS_CLOSED' } });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(handled.length).toBeLessThan(30);
});
