import type { BusHealth } from '@watchword/bus';
import { describe, expect, test } from 'vitest';
import { judgeBus } from './readiness-checks.ts';

const producer = { oldestUnackedMs: 0, connected: true };
const consumer = {
  group: 'dispatcher',
  running: true,
  lastHeartbeatMs: 1000,
  lagGrowingWithoutCommit: false,
  sinceProgressMs: 0,
  oldestHandlerMs: 0,
};

describe('a bus is ready', () => {
  test.for([
    [1_000, true],
    [1_001, false],
  ] as const)('while some broker has answered in the last second: %d ms', ([brokersSilentMs, ready]) => {
    expect(judgeBus({ brokersSilentMs, producer, consumers: [] }).ready).toBe(ready);
  });

  test.for<[string, Partial<BusHealth['producer']>, Partial<BusHealth['consumers'][number]>, string | undefined]>([
    ['when all is well', {}, {}, undefined],
    ['while a leader is replaced', { oldestUnackedMs: 12_000 }, {}, undefined],
    ['not when nothing is acknowledged', { oldestUnackedMs: 20_000 }, {}, 'Kafka acknowledges nothing'],
    ['not without a connection', { connected: false }, {}, 'the producer is not connected'],
    ['not with a consumer that crashed', {}, { running: false }, 'the consumer dispatcher is not running'],
    ['not with one that is silent', {}, { lastHeartbeatMs: 11_000 }, 'the consumer dispatcher has no heartbeat'],
    ['not with one that is stuck', {}, { lagGrowingWithoutCommit: true }, 'the consumer dispatcher does not get on'],
  ])('%s', ([, changedProducer, changedConsumer, reason]) => {
    const health = {
      brokersSilentMs: 0,
      producer: { ...producer, ...changedProducer },
      consumers: [consumer, { ...consumer, ...changedConsumer }],
    };
    expect(judgeBus(health)).toEqual(reason === undefined ? { ready: true } : { ready: false, reason });
  });
});
