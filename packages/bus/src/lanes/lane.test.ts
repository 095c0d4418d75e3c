import { BaseError } from '@watchword/contracts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { OutgoingRecord, SendResult } from '../driver.ts';
import { BATCH_AGE_MAX_MS, BATCH_BYTES_MAX, BATCH_MESSAGES_MAX, createLane, LANE_MESSAGES_MAX } from './lane.ts';
import { createPending } from './pending.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Call {
  values: string[];
  answer: (result: SendResult) => void;
}

const ACKNOWLEDGED: SendResult = { outcome: 'acknowledged' };
const UNKNOWN: SendResult = { outcome: 'unknown', reason: 'test' };

function setUp() {
  const calls: Call[] = [];
  const deps = {
    topic: 't',
    send: (records: readonly OutgoingRecord[]) => {
      const { promise, resolve } = Promise.withResolvers<SendResult>();
      calls.push({ values: records.map(({ value }) => String(value)), answer: resolve });
      return promise;
    },
    renew: vi.fn(),
    onRetry: vi.fn(),
    onDropped: vi.fn(),
    now: Date.now,
    random: () => 0.5,
  };
  const lane = createLane(deps);
  const publish = (value: string, options: { timeoutMs?: number; bytes?: number } = {}): Promise<string> => {
    const { pending, answer } = createPending(
      { topic: 't', record: { key: 'k', value, headers: {} }, bytes: options.bytes ?? 100 },
      { nowMs: Date.now(), timeoutMs: options.timeoutMs ?? 10_000 },
    );
    lane.add(pending);
    return answer.then(
      () => 'acknowledged',
      (error: BaseError) => error.code,
    );
  };
  return { calls, deps, lane, publish };
}

test('an idle lane sends at once; what comes meanwhile goes as one batch, in order', async () => {
  const { calls, publish, lane } = setUp();
  const first = publish('a');
  expect(calls.map(({ values }) => values)).toEqual([['a']]);
  const rest = [publish('b'), publish('c')];
  calls[0]!.answer(ACKNOWLEDGED);
  expect(await first).toBe('acknowledged');
  expect(calls[1]!.values).toEqual(['b', 'c']);
  calls[1]!.answer(ACKNOWLEDGED);
  expect(await Promise.all(rest)).toEqual(['acknowledged', 'acknowledged']);
  expect(lane.depth()).toBe(0);
});

test('a batch holds at most 500 messages and 512 KiB', async () => {
  const { calls, publish } = setUp();
  void publish('first');
  for (let i = 0; i < BATCH_MESSAGES_MAX + 1; i++) void publish('small');
  void publish('big', { bytes: BATCH_BYTES_MAX });
  for (const sizes of [1, BATCH_MESSAGES_MAX, 1, 1]) {
    const { values, answer } = calls.at(-1)!;
    expect(values).toHaveLength(sizes);
    answer(ACKNOWLEDGED);
    await vi.advanceTimersByTimeAsync(0);
  }
});

test('a full lane refuses at once, and takes messages again when it has room', async () => {
  const { calls, publish } = setUp();
  for (let i = 0; i < LANE_MESSAGES_MAX; i++) void publish('x');
  expect(await publish('too many')).toBe('OTP_BUS_FULL');
  calls[0]!.answer(ACKNOWLEDGED);
  await vi.advanceTimersByTimeAsync(0);
  void publish('fits');
  expect(await Promise.race([publish('too many again'), Promise.resolve('pending')])).toBe('pending');
});

test('an unknown outcome repeats the very same batch before anything else', async () => {
  const { calls, publish, deps } = setUp();
  const first = publish('a');
  const second = publish('b');
  calls[0]!.answer(UNKNOWN);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(calls.map(({ values }) => values)).toEqual([['a'], ['a']]);
  calls[1]!.answer(ACKNOWLEDGED);
  expect(await first).toBe('acknowledged');
  calls[2]!.answer(ACKNOWLEDGED);
  expect(await second).toBe('acknowledged');
  expect(deps.renew).not.toHaveBeenCalled();
});

test('past its deadline a message that was handed over is unknown and stays in its batch, one that was not leaves', async () => {
  const { calls, publish, lane } = setUp();
  const sent = publish('sent', { timeoutMs: 1_000 });
  const queued = publish('queued', { timeoutMs: 1_000 });
  const patient = publish('patient');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await sent).toBe('OTP_BUS_TIMEOUT');
  expect(await queued).toBe('OTP_BUS_UNAVAILABLE');
  calls[0]!.answer(UNKNOWN);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(calls[1]!.values).toEqual(['sent']);
  calls[1]!.answer(ACKNOWLEDGED);
  await vi.advanceTimersByTimeAsync(0);
  expect(calls[2]!.values).toEqual(['patient']);
  calls[2]!.answer(ACKNOWLEDGED);
  expect(await patient).toBe('acknowledged');
  expect(lane.oldestMs()).toBeUndefined();
});

test('a batch that cannot be delivered for 30 s is dropped, counted, and its sequence numbers are never used again', async () => {
  const { calls, publish, deps } = setUp();
  const first = publish('a', { timeoutMs: 60_000 });
  const bornMs = Date.now();
  while (deps.onDropped.mock.calls.length === 0) {
    calls.at(-1)!.answer(UNKNOWN);
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(Date.now() - bornMs).toBeGreaterThanOrEqual(BATCH_AGE_MAX_MS);
  expect(Date.now() - bornMs).toBeLessThan(BATCH_AGE_MAX_MS + 3_000);
  expect(deps.onDropped).toHaveBeenCalledExactlyOnceWith(1);
  expect(deps.renew).toHaveBeenCalledOnce();
  expect(await first).toBe('OTP_BUS_TIMEOUT');
});

test('a refused batch answers its callers for good, and the lane goes on', async () => {
  const { calls, publish, deps } = setUp();
  const refused = publish('a');
  const next = publish('b');
  calls[0]!.answer({ outcome: 'refused', reason: 'TOPIC_AUTHORIZATION_FAILED' });
  expect(await refused).toBe('OTP_BUS_UNAVAILABLE');
  expect(deps.renew).not.toHaveBeenCalled();
  calls[1]!.answer(ACKNOWLEDGED);
  expect(await next).toBe('acknowledged');
});

test('a batch refused after an unknown outcome may have landed: it is unknown, and the producer id is renewed', async () => {
  const { calls, publish, deps } = setUp();
  const answer = publish('a');
  calls[0]!.answer(UNKNOWN);
  await vi.advanceTimersByTimeAsync(1_000);
  calls[1]!.answer({ outcome: 'refused', reason: 'POLICY_VIOLATION' });
  expect(await answer).toBe('OTP_BUS_TIMEOUT');
  expect(deps.renew).toHaveBeenCalledOnce();
});

test('closing tells apart what was never sent and what may still land', async () => {
  const { publish, lane } = setUp();
  const answers = [publish('sent'), publish('queued')];
  lane.close();
  expect(await Promise.all(answers)).toEqual(['OTP_BUS_TIMEOUT', 'OTP_BUS_CLOSED']);
  expect(await publish('late')).toBe('OTP_BUS_CLOSED');
});
