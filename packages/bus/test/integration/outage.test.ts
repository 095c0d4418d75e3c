import type { BaseError } from '@watchword/contracts';
import { createBrokerProxy, waitFor, type BrokerProxy } from '@watchword/testkit';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createEvent, createFixture, numberIn } from './bus-fixture.ts';

async function setUp() {
  const proxy: BrokerProxy = await createBrokerProxy(inject('kafkaBrokers')[0]!);
  onTestFinished(() => proxy.close());
  const { bus } = await createFixture({ a: 4 }, [proxy.address]);
  const seen = new Set<number>();
  const subscription = await bus.subscribe({
    group: 'g',
    topics: ['a'],
    handle: async ({ value }) => void seen.add(numberIn(value)),
  });
  await subscription.joined();
  await bus.publish(createEvent('a', 'k0', 0));
  return { proxy, bus, seen };
}

const outcome = (published: Promise<void>): Promise<string> =>
  published.then(
    () => 'acknowledged',
    (error: BaseError) => error.code,
  );

test('a broker that hangs: callers are answered in time, and what was acknowledged before and after arrives', async () => {
  const { proxy, bus, seen } = await setUp();
  proxy.block();
  const beganMs = Date.now();
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, i) => outcome(bus.publish(createEvent('a', `k${i}`, 1 + i), { timeoutMs: 700 }))),
  );
  expect(Date.now() - beganMs).toBeLessThan(2_000);
  expect(new Set(results)).toEqual(new Set(['OTP_BUS_TIMEOUT', 'OTP_BUS_UNAVAILABLE']));
  expect(bus.health().producer.oldestUnackedMs).toBeGreaterThan(500);
  await proxy.heal();
  await bus.publish(createEvent('a', 'k0', 100), { timeoutMs: 30_000 });
  await waitFor(() => seen.has(100), { timeoutMs: 15_000, what: 'the event after the outage' });
  // Those that were handed over before the outage was noticed land late, as OTP_BUS_TIMEOUT says they may.
  await waitFor(() => seen.size > 2, { timeoutMs: 15_000, what: 'an event of unknown outcome' });
  expect(bus.health().producer).toEqual({ oldestUnackedMs: 0, connected: true });
});

test('a broker that goes away and comes back: producer and consumer recover by themselves', async () => {
  const { proxy, bus, seen } = await setUp();
  await waitFor(() => seen.has(0), { timeoutMs: 10_000, what: 'the first event' });
  await proxy.cut();
  expect(await outcome(bus.publish(createEvent('a', 'k0', 1), { timeoutMs: 1_000 }))).toBe('OTP_BUS_TIMEOUT');
  await waitFor(() => !bus.health().consumers[0]!.running, { timeoutMs: 20_000, what: 'the consumer to be down' });
  await proxy.heal();
  await bus.publish(createEvent('a', 'k0', 2), { timeoutMs: 30_000 });
  await waitFor(() => seen.has(2), { timeoutMs: 25_000, what: 'the event after the outage' });
  expect(bus.health().consumers[0]).toMatchObject({ group: 'g', running: true });
});

test('a broker that is not there yet: everything starts when it comes', async () => {
  const proxy = await createBrokerProxy(inject('kafkaBrokers')[0]!);
  onTestFinished(() => proxy.close());
  const { another, bus } = await createFixture({ a: 1 }, [proxy.address]);
  await bus.close();
  await proxy.cut();
  const late = another();
  const seen = new Set<number>();
  await late.subscribe({ group: 'g', topics: ['a'], handle: async ({ value }) => void seen.add(numberIn(value)) });
  expect(await outcome(late.publish(createEvent('a', 'k', 0), { timeoutMs: 500 }))).toBe('OTP_BUS_UNAVAILABLE');
  expect(late.health()).toMatchObject({ producer: { connected: false }, consumers: [{ running: false }] });
  await proxy.heal();
  await waitFor(() => late.health().consumers[0]!.running, { timeoutMs: 20_000, what: 'the first join' });
  await waitFor(() => late.health().producer.connected, { timeoutMs: 20_000, what: 'the producer' });
  await late.publish(createEvent('a', 'k', 1));
  await waitFor(() => seen.has(1), { timeoutMs: 10_000, what: 'the first event' });
});
