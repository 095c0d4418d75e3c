import { waitFor } from '@watchword/testkit';
import kafkajs from 'kafkajs';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { IncomingEvent } from '../../src/index.ts';
import { createEvent, createFixture, keyPerPartition, numberIn } from './bus-fixture.ts';

test('an event comes back as it was published, with its CloudEvents attributes and trace', async () => {
  const { bus, metrics } = await createFixture({ a: 3 });
  const received: IncomingEvent[] = [];
  await bus.subscribe({ group: 'g', topics: ['a'], handle: async (event) => void received.push(event) });
  const envelope = {
    id: 'vf_1.2.abc',
    type: 'otp.test.v1',
    source: 'bus-test',
    subject: 'vf_1',
    time: '2026-11-23T04:05:06.789Z',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  const beforeMs = Date.now();
  await bus.publish({ topic: 'a', key: 'vf_1', envelope, data: '{"grüße":"ж"}' });
  await waitFor(() => received.length === 1, { timeoutMs: 10_000, what: 'the event' });
  const [event] = received;
  expect(event).toMatchObject({ topic: 'a', offset: '0', key: 'vf_1', envelope });
  expect(event!.value.toString()).toBe('{"grüße":"ж"}');
  expect(event!.headers).toMatchObject({ ce_specversion: '1.0', 'content-type': 'application/json' });
  expect(Math.abs(event!.timestampMs - beforeMs)).toBeLessThan(60_000);
  const text = await metrics.metrics();
  expect(text).toContain(
    'messaging_client_operation_duration_seconds_count{messaging_system="kafka",messaging_operation_name="send",messaging_destination_name="a",error_type=""} 1',
  );
  expect(text).toContain('watchword_bus_lane_messages{topic="a"} 0');
  expect(text).toContain(
    'messaging_client_consumed_messages_total{messaging_system="kafka",messaging_destination_name="a",messaging_consumer_group_name="g",error_type=""} 1',
  );
  expect(text).toContain('watchword_bus_lag_messages{topic="a",group="g"} 0');
});

test('events with one key stay in order under 64 senders that do not wait for one another', async () => {
  const { bus } = await createFixture({ a: 24 });
  const received = new Map<string, number[]>();
  let count = 0;
  await bus.subscribe({
    group: 'g',
    topics: ['a'],
    async handle({ key, value }) {
      received.set(key, [...(received.get(key) ?? []), numberIn(value)]);
      count++;
    },
  });
  const keys = Array.from({ length: 64 }, (_, i) => `key${i}`);
  await Promise.all(keys.flatMap((key) => Array.from({ length: 30 }, (_, n) => bus.publish(createEvent('a', key, n)))));
  await waitFor(() => count >= 64 * 30, { timeoutMs: 20_000, what: 'all events' });
  const inOrder = Array.from({ length: 30 }, (_, n) => n);
  expect(Object.fromEntries(received)).toEqual(Object.fromEntries(keys.map((key) => [key, inOrder])));
});

test('closing drains what waits: every accepted event is acknowledged, later ones are refused', async () => {
  const { bus, another } = await createFixture({ a: 4 });
  const published = Array.from({ length: 2_000 }, (_, n) => bus.publish(createEvent('a', `k${n % 50}`, n)));
  const closed = bus.close(10_000);
  const settled = await Promise.allSettled(published);
  await closed;
  expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
  await expect(bus.publish(createEvent('a', 'k', 1))).rejects.toMatchObject({ code: 'OTP_BUS_CLOSED' });
  await expect(bus.subscribe({ group: 'g', topics: ['a'], handle: async () => undefined })).rejects.toMatchObject({
    code: 'OTP_BUS_CLOSED',
  });
  let count = 0;
  await another().subscribe({ group: 'g', topics: ['a'], handle: async () => void count++ });
  await waitFor(() => count === 2_000, { timeoutMs: 10_000, what: 'the drained events' });
});

test('an event for a topic that does not exist, or too large, is refused and has not landed', async () => {
  const { bus } = await createFixture({ a: 1 });
  const nowhere = bus.publish(createEvent('no-such-topic', 'k', 1), { timeoutMs: 5_000 });
  await expect(nowhere).rejects.toMatchObject({ code: 'OTP_BUS_UNAVAILABLE' });
  const large = bus.publish({ ...createEvent('a', 'k', 1), data: JSON.stringify('x'.repeat(600_000)) });
  await expect(large).rejects.toMatchObject({ code: 'OTP_BUS_UNAVAILABLE', retry: false });
});

test('what Kafka refuses of one partition is refused alone: what went in the same request is acknowledged', async () => {
  const { bus, prefix } = await createFixture({ narrow: 1, wide: 6 });
  const admin = new kafkajs.Kafka({ brokers: inject('kafkaBrokers'), logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: `${prefix}narrow`,
        configEntries: [{ name: 'max.message.bytes', value: '1000' }],
      },
    ],
  });
  const keys = keyPerPartition(6);
  await Promise.all([
    bus.publish(createEvent('narrow', 'k', 0)),
    ...keys.map((key) => bus.publish(createEvent('wide', key, 0))),
  ]);
  const sendAll = (n: number) => keys.map((key) => bus.publish(createEvent('wide', key, n)));
  const before = sendAll(1);
  const refused = bus.publish({ ...createEvent('narrow', 'k', 1), data: 'x'.repeat(5_000) });
  const settled = await Promise.allSettled([refused, ...before, ...sendAll(2)]);
  expect(settled[0]).toMatchObject({ status: 'rejected', reason: { code: 'OTP_BUS_UNAVAILABLE', retry: false } });
  expect(settled.slice(1).map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 'fulfilled'));
  await bus.publish(createEvent('narrow', 'k', 2));
});

test('creating topics again changes nothing; another number of partitions is an error that names the topic', async () => {
  const { bus, another } = await createFixture({ a: 3 });
  const spec = { name: 'a', partitions: 3, retentionMs: 60_000, segmentMs: 60_000 };
  const specs = [spec, { ...spec, name: 'b' }, { ...spec, name: 'c' }];
  await Promise.all([bus.createTopics(specs), another().createTopics(specs)]);
  await bus.createTopics(specs);
  await expect(bus.createTopics([{ ...spec, partitions: 4 }])).rejects.toMatchObject({
    code: 'OTP_BUS_TOPIC_MISMATCH',
    message: expect.stringMatching(/\.a has 3 partitions instead of 4/),
  });
});

test('an idle bus costs next to nothing, and no TimeoutNegativeWarning is printed', async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listen);
  const { bus } = await createFixture({ a: 3 });
  const subscription = await bus.subscribe({ group: 'g', topics: ['a'], handle: async () => undefined });
  await subscription.joined();
  await bus.publish(createEvent('a', 'k', 1));
  // Kafkajs' timer would fire 1,000 times a second on each of the two connections.
  const before = performance.eventLoopUtilization();
  let timers = 0;
  const original = globalThis.setTimeout;
  globalThis.setTimeout = Object.assign((...args: Parameters<typeof original>) => {
    timers++;
    return original(...args);
  }, original);
  await new Promise((resolve) => original(resolve, 1_000));
  globalThis.setTimeout = original;
  process.off('warning', listen);
  expect(timers).toBeLessThan(50);
  expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
  expect(warnings.filter(({ name }) => name === 'TimeoutNegativeWarning')).toEqual([]);
});
