import type { BusHealth } from '@watchword/bus';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { judgeProgress, watchConsumers } from './watch-consumers.ts';

const log = pino({ level: 'silent' });
const consumer = {
  group: 'dispatcher',
  running: true,
  lastHeartbeatMs: 1_000,
  sinceProgressMs: 0,
  oldestHandlerMs: 0,
};
const healthOf = (sinceProgressMs: number): BusHealth => ({
  brokersSilentMs: 100,
  producer: { oldestUnackedMs: 0, connected: true },
  consumers: [consumer, { ...consumer, sinceProgressMs }],
});

describe('a process is alive', () => {
  test.each([
    ['while its consumers get on', 0, 1_000_000, true],
    ['while one has been slow for a minute', 60_000, 1_000_000, true],
    ['not when one has been stuck for longer', 60_001, 1_000_000, false],
    ['when the engines came back half a minute ago, however long one stood before', 600_000, 30_000, true],
  ])('%s', (_, sinceProgressMs, answeringMs, alive) => {
    expect(judgeProgress(healthOf(sinceProgressMs), answeringMs).alive).toBe(alive);
  });
});

describe('watching consumers', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test.each([
    ['Redis', { redis: false, silentMs: 100, connected: true }],
    ['Kafka', { redis: true, silentMs: 5_000, connected: true }],
    ['the producer’s connection', { redis: true, silentMs: 100, connected: false }],
  ])('an outage of %s never ends a process, and a stop that outlives it by a minute does', async (_, outage) => {
    let away = true;
    let sinceProgressMs = 0;
    const watch = watchConsumers({
      log,
      now: () => Date.now(),
      redisIsWhole: () => !away || outage.redis,
      bus: {
        health: () => ({
          ...healthOf((sinceProgressMs += 1_000)),
          brokersSilentMs: away ? outage.silentMs : 100,
          producer: { oldestUnackedMs: 0, connected: !away || outage.connected },
        }),
      },
    });
    await vi.advanceTimersByTimeAsync(600_000);
    expect(watch.report()).toEqual({ alive: true });
    away = false;
    await vi.advanceTimersByTimeAsync(59_000);
    expect(watch.report()).toEqual({ alive: true });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(watch.report()).toEqual({ alive: false, reason: 'the consumer dispatcher is stuck' });
    watch.stop();
  });

  test('a consumer that gets on again makes the process alive again', async () => {
    let sinceProgressMs = 61_000;
    const watch = watchConsumers({
      log,
      now: () => Date.now(),
      redisIsWhole: () => true,
      bus: { health: () => healthOf(sinceProgressMs) },
    });
    await vi.advanceTimersByTimeAsync(62_000);
    expect(watch.report().alive).toBe(false);
    sinceProgressMs = 0;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(watch.report().alive).toBe(true);
    watch.stop();
  });
});
