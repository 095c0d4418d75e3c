import type { BusHealth } from '@watchword/bus';
import { describe, expect, test } from 'vitest';
import type { ReadinessPart } from '../probes.ts';
import { checkBus, isRedisWhole, judgeBus } from './readiness-checks.ts';

const producer = { oldestUnackedMs: 0, connected: true };
const consumer = {
  group: 'dispatcher',
  running: true,
  lastHeartbeatMs: 1000,
  sinceProgressMs: 0,
  oldestHandlerMs: 0,
};

describe('a bus is ready', () => {
  test.for([
    [1_000, true],
    [1_001, false],
  ] as const)('while some broker has answered in the last second: %d ms', ([brokersSilentMs, ready]) => {
    expect(judgeBus({ brokersSilentMs, producer, consumers: [] }, 60_000).ready).toBe(ready);
  });

  test.for<[string, Partial<BusHealth['producer']>, Partial<BusHealth['consumers'][number]>, string | undefined]>([
    ['when all is well', {}, {}, undefined],
    ['while a leader is replaced', { oldestUnackedMs: 12_000 }, {}, undefined],
    ['not when nothing is acknowledged', { oldestUnackedMs: 20_000 }, {}, 'Kafka acknowledges nothing'],
    ['not without a connection', { connected: false }, {}, 'the producer is not connected'],
    ['not with a consumer that crashed', {}, { running: false }, 'the consumer dispatcher is not running'],
    ['not with one that is silent', {}, { lastHeartbeatMs: 11_000 }, 'the consumer dispatcher has no heartbeat'],
    ['not with one that is stuck', {}, { sinceProgressMs: 30_001 }, 'the consumer dispatcher does not get on'],
  ])('%s', ([, changedProducer, changedConsumer, reason]) => {
    const health = {
      brokersSilentMs: 0,
      producer: { ...producer, ...changedProducer },
      consumers: [consumer, { ...consumer, ...changedConsumer }],
    };
    expect(judgeBus(health, 60_000)).toEqual(reason === undefined ? { ready: true } : { ready: false, reason });
  });
});

test('a consumer that stands still takes no process out of service while a master is lost, nor in the half minute after', () => {
  let nowMs = 0;
  let whole = true;
  const health = { brokersSilentMs: 0, producer, consumers: [{ ...consumer, sinceProgressMs: 30_001 }] };
  const check = checkBus(
    { health: () => health },
    () => whole,
    () => nowMs,
  );
  const readyAfter = (ms: number) => {
    nowMs += ms;
    return (check() as { ready: boolean }).ready;
  };
  expect(readyAfter(30_001)).toBe(false);
  whole = false;
  expect(readyAfter(1_000)).toBe(true);
  expect(readyAfter(600_000)).toBe(true);
  whole = true;
  expect(readyAfter(1_000)).toBe(true);
  expect(readyAfter(29_000)).toBe(true);
  expect(readyAfter(1)).toBe(false);
});

test.for<[string, ReadinessPart, ReadinessPart, boolean]>([
  ['every master takes writes, whatever Kafka does', { ready: true }, { ready: false, reason: 'away' }, true],
  ['one is away', { ready: false, reason: 'away' }, { ready: true }, false],
  ['one master of it is lost', { ready: true, degraded: '1 of 3 masters take no writes' }, { ready: true }, false],
])('Redis is whole or not: %s', ([, queue, bus, whole]) => {
  expect(isRedisWhole({ ready: true, parts: { 'redis.state': { ready: true }, 'redis.queue': queue, bus } })).toBe(
    whole,
  );
});
