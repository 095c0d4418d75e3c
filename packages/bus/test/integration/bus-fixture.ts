import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { inject, onTestFinished } from 'vitest';
import { createBus, partitionOf, type Bus, type OutgoingEvent } from '../../src/index.ts';

const HOUR_MS = 3_600_000;

export interface Fixture {
  bus: Bus;
  /** Before every topic and group, as Kafka knows them. */
  prefix: string;
  metrics: Registry;
  /** Another process' bus on the same topics and groups. */
  another: () => Bus;
}

/** A bus with prefixes of its own and the given topics, closed when the test ends. */
export async function createFixture(
  topics: Record<string, number>,
  brokers = inject('kafkaBrokers'),
): Promise<Fixture> {
  const prefix = `test-${randomBytes(4).toString('hex')}.`;
  const open = (registry: Registry): Bus => {
    const bus = createBus(
      { brokers, clientId: 'bus-test', topicPrefix: prefix, groupPrefix: prefix },
      { log: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }), metrics: registry },
    );
    onTestFinished(() => bus.close(2_000));
    return bus;
  };
  const metrics = new Registry();
  const bus = open(metrics);
  await bus.createTopics(
    Object.entries(topics).map(([name, partitions]) => ({ name, partitions, retentionMs: HOUR_MS })),
  );
  return { bus, prefix, metrics, another: () => open(new Registry()) };
}

export function createEvent(topic: string, key: string, n: number): OutgoingEvent {
  return {
    topic,
    key,
    envelope: {
      id: `${key}.${n}`,
      type: topic,
      source: 'bus-test',
      subject: key,
      time: new Date().toISOString(),
    },
    data: JSON.stringify({ n }),
  };
}

/** One key for each of `count` partitions, in their order. */
export function keyPerPartition(count: number): string[] {
  return Array.from({ length: count }, (_, partition) => {
    let n = 0;
    while (partitionOf(`k${n}`, count) !== partition) n++;
    return `k${n}`;
  });
}

export const numberIn = (value: Buffer): number => (JSON.parse(value.toString()) as { n: number }).n;
