import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ConsumerEvents, ConsumerLife, Driver, RecordBatch } from '../driver.ts';
import { createPartitionWorker } from './partition-worker.ts';
import { createPartitions } from './partitions.ts';
import { startSubscription } from './subscription.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Life {
  formerMember: string | undefined;
  events: ConsumerEvents;
  end(reason: string): void;
  commit: ReturnType<typeof vi.fn<ConsumerLife['commit']>>;
  close: ReturnType<typeof vi.fn<ConsumerLife['close']>>;
}

function setUp() {
  const lives: Life[] = [];
  const handled: string[] = [];
  const gates = new Map<string, Promise<void>>();
  const driver: Pick<Driver, 'startConsumer'> = {
    startConsumer({ formerMember }, events) {
      const over = Promise.withResolvers<{ reason: string }>();
      const life: Life = {
        formerMember,
        events,
        end: (reason) => over.resolve({ reason }),
        commit: vi.fn<ConsumerLife['commit']>(() => Promise.resolve()),
        close: vi.fn<ConsumerLife['close']>(() => Promise.resolve()),
      };
      lives.push(life);
      return { ended: over.promise, commit: life.commit, close: life.close };
    },
  };
  const onRestart = vi.fn();
  const subscription = startSubscription({
    driver: driver as Driver,
    group: 'g',
    topics: ['t'],
    createPartitions: (onFinished) =>
      createPartitions({
        createWorker: (_, __, after) =>
          createPartitionWorker({
            concurrency: 8,
            after,
            onFinished,
            now: Date.now,
            random: () => 0.5,
            async process({ offset }) {
              handled.push(offset);
              await gates.get(offset);
              return 'done';
            },
          }),
        onReset: () => undefined,
      }),
    oldestHandlerMs: () => 0,
    onRestart,
    log: pino({ enabled: false }),
    now: Date.now,
    random: () => 0.5,
  });
  return { subscription, lives, handled, gates, onRestart };
}

const batch = (...offsets: number[]): RecordBatch => ({
  topic: 't',
  partition: 0,
  highWatermark: offsets.at(-1)! + 1,
  records: offsets.map((offset) => ({
    offset: String(offset),
    key: 'k',
    timestampMs: 0,
    value: null,
    headers: {},
  })),
  pause: () => () => undefined,
});
const ALL = [{ topic: 't', partitions: [0] }];
const commitOf = (offset: string) => [[{ topic: 't', partition: 0, offset }]];

test('a consumer that ends is made anew for ever, and is healthy only once it has joined', async () => {
  const { subscription, lives, onRestart } = setUp();
  const joined = subscription.joined();
  for (let i = 0; i < 20; i++) {
    lives.at(-1)!.end('crash');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(lives).toHaveLength(i + 2);
    expect(lives[i]!.close).toHaveBeenCalledOnce();
  }
  expect(onRestart).toHaveBeenCalledTimes(20);
  expect(subscription.health().running).toBe(false);
  lives.at(-1)!.events.joined('m', ALL);
  await joined;
  expect(subscription.health()).toEqual({
    running: true,
    lastHeartbeatMs: 0,
    sinceProgressMs: 0,
    oldestHandlerMs: 0,
  });
});

test('a member that is made anew takes its former self out of the group, until it has joined', async () => {
  const { lives } = setUp();
  lives[0]!.events.joined('first', ALL);
  lives[0]!.end('Kafka is away');
  await vi.advanceTimersByTimeAsync(3_000);
  lives[1]!.end('Kafka is away');
  await vi.advanceTimersByTimeAsync(3_000);
  lives[2]!.events.joined('second', ALL);
  lives[2]!.end('Kafka is away');
  await vi.advanceTimersByTimeAsync(3_000);
  expect(lives.map(({ formerMember }) => formerMember)).toEqual([undefined, 'first', 'first', 'second']);
});

test('a member that falls silent is made anew', async () => {
  const { lives } = setUp();
  lives[0]!.events.joined('m', ALL);
  for (let i = 0; i < 100; i++) {
    lives[0]!.events.heartbeat();
    await vi.advanceTimersByTimeAsync(2_000);
  }
  expect(lives).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lives.length).toBeGreaterThan(1);
});

test('a life that was given up is no longer heard', async () => {
  const { lives, handled } = setUp();
  lives[0]!.end('crash');
  await vi.advanceTimersByTimeAsync(1_000);
  lives[0]!.events.joined('old', ALL);
  await lives[0]!.events.records(batch(0));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(handled).toEqual([]);
});

test('what is finished is committed within 200 ms, once, and a refused commit is tried again', async () => {
  const { lives } = setUp();
  const { events, commit } = lives[0]!;
  events.joined('m', ALL);
  commit.mockRejectedValueOnce(new Error('rebalancing'));
  await events.records(batch(0, 1, 2));
  await vi.advanceTimersByTimeAsync(200);
  expect(commit.mock.calls).toEqual([commitOf('3')].flatMap(([first]) => [[first]]));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(commit).toHaveBeenCalledTimes(2);
});

test('a partition that stays keeps its worker: what is under way is not begun twice', async () => {
  const { lives, handled, gates } = setUp();
  const gate = Promise.withResolvers<void>();
  gates.set('1', gate.promise);
  const { events, commit } = lives[0]!;
  events.joined('m', ALL);
  await events.records(batch(0, 1));
  events.rebalancing();
  events.joined('m', ALL);
  await events.records(batch(1, 2));
  expect(handled).toEqual(['0', '1']);
  gate.resolve();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(handled).toEqual(['0', '1', '2']);
  expect(commit.mock.calls.at(-1)).toEqual(commitOf('3'));
});

test('a lost partition begins nothing more and commits nothing more; regained, it waits for the old handler', async () => {
  const { lives, handled, gates } = setUp();
  const gate = Promise.withResolvers<void>();
  gates.set('0', gate.promise);
  const { events, commit } = lives[0]!;
  events.joined('m', ALL);
  await events.records(batch(0, 1));
  events.rebalancing();
  events.joined('m', []);
  events.joined('m', ALL);
  await events.records(batch(0, 1));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(handled).toEqual(['0']);
  gate.resolve();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(handled).toEqual(['0', '0', '1']);
  expect(commit.mock.calls.at(-1)).toEqual(commitOf('2'));
});

test('a member under a new id starts its partitions anew, since others may have had them', async () => {
  const { lives, handled } = setUp();
  const { events } = lives[0]!;
  events.joined('m', ALL);
  await events.records(batch(5));
  events.joined('n', ALL);
  await events.records(batch(0));
  await vi.advanceTimersByTimeAsync(0);
  expect(handled).toEqual(['5', '0']);
});

test('stopping lets handlers finish, commits what they did, and leaves the group only then', async () => {
  const { subscription, lives, gates } = setUp();
  const gate = Promise.withResolvers<void>();
  gates.set('0', gate.promise);
  const { events, commit, close } = lives[0]!;
  events.joined('m', ALL);
  await events.records(batch(0, 1));
  const stopped = subscription.stop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(close).not.toHaveBeenCalled();
  gate.resolve();
  await vi.advanceTimersByTimeAsync(0);
  await stopped;
  expect(commit.mock.calls).toEqual([commitOf('1')].flatMap(([first]) => [[first]]));
  expect(commit.mock.invocationCallOrder[0]).toBeLessThan(close.mock.invocationCallOrder[0]!);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lives).toHaveLength(1);
});

test('a partition that is assigned while stopping is not begun', async () => {
  const { subscription, lives, handled } = setUp();
  const stopped = subscription.stop();
  lives[0]!.events.joined('m', ALL);
  await lives[0]!.events.records(batch(0));
  await vi.advanceTimersByTimeAsync(1_000);
  await stopped;
  expect(handled).toEqual([]);
});

test('a handler that does not return cannot hold up a stop past its deadline', async () => {
  const { subscription, lives, gates } = setUp();
  gates.set('0', new Promise(() => undefined));
  lives[0]!.events.joined('m', ALL);
  await lives[0]!.events.records(batch(0));
  const stopped = subscription.stop(5_000);
  await vi.advanceTimersByTimeAsync(5_000);
  await stopped;
  expect(lives[0]!.commit).not.toHaveBeenCalled();
  expect(lives[0]!.close).toHaveBeenCalled();
});

test('who waits for the first join of a subscription that is stopped is told', async () => {
  const { subscription } = setUp();
  const joined = subscription.joined();
  void subscription.stop();
  await expect(joined).rejects.toMatchObject({ code: 'OTP_BUS_CLOSED' });
});
