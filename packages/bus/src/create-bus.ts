import { BaseError } from '@watchword/contracts';
import { startBrokerPing } from './broker-ping.ts';
import { toHeaders } from './cloud-event.ts';
import { subscribe } from './consuming/subscribe.ts';
import type { RunningSubscription } from './consuming/subscription.ts';
import type { Driver } from './driver.ts';
import { follow } from './following/follow.ts';
import { createKafkajsDriver } from './kafkajs/driver.ts';
import { createLanes } from './lanes/lanes.ts';
import { type BusMetrics, metricsFor } from './metrics.ts';
import { createNames } from './names.ts';
import type { Parts } from './parts.ts';
import type { Bus, BusConfig, BusDeps } from './port.ts';
import { publish } from './publish.ts';
import { read } from './reading/read.ts';

/** As a subscription's stop, which comes first in it. */
const CLOSE_DEADLINE_MS = 10_000;

/** A bus over Kafka. It connects in the background: making it never fails because Kafka is away. */
export function createBus(config: BusConfig, { log, metrics: registry, now = Date.now }: BusDeps): Bus {
  return assembleBus(createKafkajsDriver(config, log, now), config, { log, now }, metricsFor(registry));
}

function assembleBus(driver: Driver, config: BusConfig, deps: Pick<Parts, 'log' | 'now'>, metrics: BusMetrics): Bus {
  const names = createNames(config);
  const lanes = createLanes({
    sender: driver.sender,
    partitionCount: (topic) => driver.partitionCount(topic),
    metrics,
    bareName: names.bareTopic,
    now: deps.now,
    random: Math.random,
  });
  const parts: Parts = { driver, lanes, names, metrics, ...deps };
  const subscriptions = new Map<RunningSubscription, string>();
  const ping = startBrokerPing(config);
  const closing = new AbortController();
  const closed = (): Promise<never> =>
    Promise.reject(new BaseError('OTP_BUS_CLOSED', 'the bus is closed', { retry: false }));

  return {
    publish: ({ topic, key, envelope, data }, options) =>
      publish(parts, { topic, key, value: data, headers: toHeaders(envelope) }, options),
    publishRecord: (record, options) => publish(parts, record, options),
    subscribe(options) {
      if (closing.signal.aborted) return closed();
      const subscription = subscribe(parts, options);
      subscriptions.set(subscription, options.group);
      const stop = async (deadlineMs?: number): Promise<void> => {
        await subscription.stop(deadlineMs);
        subscriptions.delete(subscription);
      };
      return Promise.resolve({ joined: () => subscription.joined(), stop });
    },
    read: (options) => (closing.signal.aborted ? closed() : read(parts, options, closing.signal)),
    follow: (options) => follow(parts, options, closing.signal),
    createTopics: (specs, options) =>
      driver.createTopics(
        specs.map((spec) => ({ ...spec, name: names.topic(spec.name) })),
        options?.replicationFactor,
      ),
    listTopics: async () => {
      const prefix = names.topic('');
      return (await driver.listTopics()).filter((name) => name.startsWith(prefix)).map(names.bareTopic);
    },
    health: () => ({
      brokersSilentMs: ping.silentMs(),
      producer: { oldestUnackedMs: lanes.oldestUnackedMs(), connected: driver.sender.connected() },
      consumers: [...subscriptions].map(([subscription, group]) => ({ group, ...subscription.health() })),
    }),
    async close(deadlineMs = CLOSE_DEADLINE_MS) {
      closing.abort();
      ping.stop();
      const untilMs = deps.now() + deadlineMs;
      // Handlers publish, so consumers end first.
      await Promise.all([...subscriptions.keys()].map((subscription) => subscription.stop(deadlineMs)));
      subscriptions.clear();
      await lanes.close(Math.max(0, untilMs - deps.now()));
      await driver.sender.close();
    },
  };
}
