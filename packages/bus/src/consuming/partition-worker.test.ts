import { waitFor } from '@watchword/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RawRecord } from '../driver.ts';
import { createPartitionWorker, QUEUE_HIGH, SPAN_MAX, type PartitionWorkerDeps } from './partition-worker.ts';
import { SET_ASIDE_MAX } from './trouble.ts';

const record = (offset: number, key = `k${offset}`): RawRecord => ({
  offset: String(offset),
  key,
  timestampMs: 0,
  value: null,
  headers: {},
});

interface Begun {
  offset: number;
  signal: AbortSignal;
  fault(waits?: boolean): void;
  end(outcome: 'done' | 'abandoned'): Promise<void>;
}

let begun: Begun[];
beforeEach(() => {
  begun = [];
});

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function start(overrides: Partial<PartitionWorkerDeps> = {}) {
  const worker = createPartitionWorker({
    concurrency: 64,
    after: Promise.resolve(),
    process: ({ offset }, { signal, onFault }) => {
      const { promise, resolve } = Promise.withResolvers<'done' | 'dead' | 'abandoned'>();
      const end = (outcome: 'done' | 'abandoned'): Promise<void> => {
        resolve(outcome);
        return settle();
      };
      begun.push({ offset: Number(offset), signal, fault: onFault, end });
      return promise;
    },
    onFinished: () => undefined,
    now: Date.now,
    random: () => 0.5,
    ...overrides,
  });
  await settle();
  return worker;
}

const begunOffsets = (): number[] => begun.map(({ offset }) => offset);
const end = (offset: number, outcome: 'done' | 'abandoned' = 'done'): Promise<void> =>
  begun.findLast((each) => each.offset === offset)!.end(outcome);

test('different keys are handled at the same time, up to the bound; one key strictly in order', async () => {
  const worker = await start({ concurrency: 3 });
  worker.take([record(0, 'a'), record(1, 'a'), record(2, 'b'), record(3, 'c'), record(4, 'd')], 5);
  expect(begunOffsets()).toEqual([0, 2, 3]);
  await end(2);
  expect(begunOffsets()).toEqual([0, 2, 3, 4]);
  await end(0);
  expect(begunOffsets()).toEqual([0, 2, 3, 4, 1]);
});

test('where any order will do, records of one key begin one after the other and do not wait', async () => {
  const worker = await start({ concurrency: 3, anyOrder: true });
  worker.take([record(0, 'a'), record(1, 'a'), record(2, 'b'), record(3, 'a')], 4);
  expect(begunOffsets()).toEqual([0, 1, 2]);
  await end(1);
  expect(begunOffsets()).toEqual([0, 1, 2, 3]);
  expect(worker.committable()).toBeUndefined();
});

test('only the contiguous finished prefix may be committed', async () => {
  const worker = await start();
  worker.take([record(10), record(11), record(12)], 13);
  await end(11);
  await end(12);
  expect(worker.committable()).toBeUndefined();
  expect(worker.lag()).toBe(3);
  await end(10);
  expect(worker.committable()).toBe(13);
  expect(worker.lag()).toBe(0);
});

test('a record in trouble holds up its key alone and takes no place; nothing behind it can be committed', async () => {
  const worker = await start({ concurrency: 1 });
  worker.take([record(0, 'a'), record(1, 'b'), record(2, 'a'), record(3, 'c')], 4);
  begun[0]!.fault();
  await waitFor(() => begun.length === 2, { timeoutMs: 2_000, what: 'the next one' });
  await end(1);
  expect(begunOffsets()).toEqual([0, 1, 3]);
  await end(3);
  expect(worker.committable()).toBeUndefined();
  await end(0);
  expect(begunOffsets()).toEqual([0, 1, 3, 2]);
  expect(worker.committable()).toBe(2);
});

describe('while records meet faults', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** Every record with an offset that `isLost` names meets a fault until it is mended; all others are finished at once. */
  async function startWith(isLost: (offset: number) => boolean) {
    const lost: Begun[] = [];
    let finished = 0;
    const worker = await start({
      async process({ offset }, { signal, onFault }) {
        await Promise.resolve();
        if (!isLost(Number(offset))) {
          finished++;
          return 'done';
        }
        const { promise, resolve } = Promise.withResolvers<'done'>();
        const finish = (): Promise<void> => {
          resolve('done');
          return settle();
        };
        lost.push({ offset: Number(offset), signal, fault: onFault, end: finish });
        onFault();
        return promise;
      },
    });
    return { worker, lost, finished: () => finished };
  }
  const offsets = (count: number) => Array.from({ length: count }, (_, i) => record(i));

  test('a lost third of them leaves the others their pace, far beyond the places that there are', async () => {
    const { worker, finished } = await startWith((offset) => offset % 3 === 0);
    worker.take(offsets(900), 900);
    for (let i = 0; i < 50; i++) await vi.advanceTimersByTimeAsync(100);
    expect(finished()).toBe(600);
  });

  test('an outage of what all need begins few, and is over with the first that works', async () => {
    const { worker, lost } = await startWith((offset) => offset < 500);
    worker.take(offsets(500), 500);
    await settle();
    expect(lost.length).toBe(64);
    for (let i = 0; i < 600; i++) await vi.advanceTimersByTimeAsync(100);
    expect(lost.length).toBeGreaterThan(64 + 60 / 5 - 2);
    expect(lost.length).toBeLessThan(64 + 60 / 2.5 + 2);
    const before = lost.length;
    await lost[0]!.end('done');
    expect(lost.length).toBeGreaterThan(before);
  });

  test('no more are set aside than the bound', async () => {
    const { worker, lost } = await startWith((offset) => offset % 2 === 0);
    worker.take(offsets(4 * SET_ASIDE_MAX), 4 * SET_ASIDE_MAX);
    for (let i = 0; i < 100; i++) await vi.advanceTimersByTimeAsync(1_000);
    expect(lost.length).toBeGreaterThanOrEqual(SET_ASIDE_MAX);
    expect(lost.length).toBeLessThan(SET_ASIDE_MAX + 64);
  });
});

test('a full partition is paused and resumed when half of it is handled', async () => {
  const worker = await start({ concurrency: 1 });
  worker.take(
    Array.from({ length: QUEUE_HIGH + 1 }, (_, i) => record(i)),
    QUEUE_HIGH + 1,
  );
  const resume = vi.fn();
  const pause = vi.fn(() => resume);
  await worker.makeRoom(pause);
  expect(pause).toHaveBeenCalledOnce();
  for (let i = 0; i < QUEUE_HIGH / 2; i++) {
    expect(resume).not.toHaveBeenCalled();
    await end(i);
  }
  expect(resume).toHaveBeenCalledOnce();
});

test('after a rejoin records that are known are skipped, and new ones follow', async () => {
  const worker = await start();
  worker.take([record(0), record(1)], 2);
  worker.hold();
  worker.take([record(2)], 3);
  expect(begunOffsets()).toEqual([0, 1]);
  worker.rejoined();
  expect(begunOffsets()).toEqual([0, 1, 2]);
  expect(worker.take([record(0), record(1), record(2), record(3)], 4)).toBe('taken');
  expect(begunOffsets()).toEqual([0, 1, 2, 3]);
});

test('offsets that go back without a rejoin mean a new log, which must not be skipped', async () => {
  const worker = await start();
  worker.take([record(7)], 8);
  expect(worker.take([record(0)], 1)).toBe('reset');
});

test('a worker begins nothing before its predecessor let go', async () => {
  const before = Promise.withResolvers<void>();
  const worker = await start({ after: before.promise });
  worker.take([record(0)], 1);
  expect(begunOffsets()).toEqual([]);
  before.resolve();
  await settle();
  expect(begunOffsets()).toEqual([0]);
});

test('a stopped worker begins nothing, waits for its handlers, and keeps what they finished', async () => {
  const worker = await start({ concurrency: 2 });
  worker.take([record(0), record(1), record(2)], 3);
  let stopped = false;
  const stop = worker.stop().then(() => (stopped = true));
  expect(begun[0]!.signal.aborted).toBe(true);
  await end(0);
  expect(stopped).toBe(false);
  await end(1, 'abandoned');
  await stop;
  expect(begunOffsets()).toEqual([0, 1]);
  expect(worker.committable()).toBe(1);
});

test('unfinished work without progress is a stall, idleness is not', async () => {
  let nowMs = 0;
  const worker = await start({ now: () => nowMs });
  nowMs = 100_000;
  expect(worker.sinceProgressMs()).toBe(0);
  worker.take([record(0), record(1)], 2);
  nowMs += 30_001;
  expect(worker.sinceProgressMs()).toBe(30_001);
  await end(1);
  expect(worker.sinceProgressMs()).toBe(0);
});

test('a record that waits on purpose, however long, is not taken for a stop; one that meets a fault is', async () => {
  let nowMs = 0;
  const worker = await start({ now: () => nowMs });
  worker.take([record(0)], 1);
  for (let tries = 0; tries < 20; tries++) {
    nowMs += 5_000;
    begun[0]!.fault(true);
  }
  nowMs += 4_000;
  expect(worker.sinceProgressMs()).toBe(4_000);
  begun[0]!.fault();
  expect(worker.sinceProgressMs()).toBe(4_000);
});

test('others get no further ahead of a record that does not finish than the bound, and go on when it does', async () => {
  const handled: number[] = [];
  const stuck = Promise.withResolvers<void>();
  const worker = await start({
    process: async ({ offset }) => {
      handled.push(Number(offset));
      if (offset === '0') await stuck.promise;
      return 'done';
    },
  });
  const count = SPAN_MAX + 500;
  for (let offset = 0; offset < count; offset += 100) {
    worker.take(
      Array.from({ length: 100 }, (_, i) => record(offset + i)),
      count,
    );
    await settle();
  }
  expect(handled.length).toBeGreaterThan(SPAN_MAX - 100);
  expect(handled.length).toBeLessThanOrEqual(SPAN_MAX + 1);
  expect(worker.committable()).toBeUndefined();
  const pause = vi.fn(() => () => undefined);
  await worker.makeRoom(pause);
  expect(pause).toHaveBeenCalledOnce();
  stuck.resolve();
  for (let i = 0; i < 20; i++) await settle();
  expect(worker.committable()).toBe(count);
});
