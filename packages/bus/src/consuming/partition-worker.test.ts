import { beforeEach, expect, test, vi } from 'vitest';
import type { RawRecord } from '../driver.ts';
import { createPartitionWorker, QUEUE_HIGH, SPAN_MAX, type PartitionWorkerDeps } from './partition-worker.ts';

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

test('a record in trouble holds up the partition until it works; nothing after it can be committed', async () => {
  const worker = await start({ concurrency: 1 });
  worker.take([record(0), record(1)], 2);
  begun[0]!.fault();
  begun[0]!.fault();
  await settle();
  expect(begunOffsets()).toEqual([0]);
  await end(0);
  expect(begunOffsets()).toEqual([0, 1]);
  expect(worker.committable()).toBe(1);
});

test('trouble with one record lets those that are begun finish and begins no other', async () => {
  const worker = await start({ concurrency: 2 });
  worker.take([record(0), record(1), record(2)], 3);
  begun[0]!.fault();
  await end(1);
  expect(begunOffsets()).toEqual([0, 1]);
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
