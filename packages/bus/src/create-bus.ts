import { BaseError } from '@watchword/contracts';
import { toHeaders } from './cloud-event.ts';
import { createDeadLetters } from './consuming/dead-letters.ts';
import { createPartitionWorker } from './consuming/partition-worker.ts';
import { createPartitions } from './consuming/partitions.ts';
import { processRecord } from './consuming/process-record.ts';
import { type RunningSubscription, startSubscription } from './consuming/subscription.ts';
import type { Driver, RawRecord } from './driver.ts';
import { createKafkajsDriver } from './kafkajs/driver.ts';
import { createLanes, type Lanes } from './lanes/lanes.ts';
import { type BusMetrics, metricsFor } from './metrics.ts';
import { createNames, type Names } from './names.ts';
import type { Bus, BusConfig, BusDeps, ReadOptions, SubscribeOptions } from './port.ts';
import { readTopics } from './reading/read-topics.ts';

/** One queue of 64 keeps a Redis round trip busy without flooding it. */
const CONCURRENCY_DEFAULT = 64;
const PUBLISH_TIMEOUT_DEFAULT_MS = 10_000;
/** No longer than a lane keeps a batch, so that a caller knows before the message is dropped. */
const PUBLISH_TIMEOUT_MAX_MS = 30_000;
const CLOSE_DEADLINE_MS = 10_000;
/** A read that waits for a record with a bug holds up whoever waits for the read: some seconds, not a minute. */
const READ_UNEXPECTED_TRIES_MAX = 5;

interface Parts {
  driver: Driver;
  lanes: Lanes;
  names: Names;
  metrics: BusMetrics;
  deps: Required<Pick<BusDeps, 'log' | 'now'>>;
}

/** A bus over Kafka. It connects in the background: making it never fails because Kafka is away. */
export function createBus(config: BusConfig, { log, metrics: registry, now = Date.now }: BusDeps): Bus {
  return assembleBus(createKafkajsDriver(config, log, now), config, { log, now }, metricsFor(registry));
}

function assembleBus(driver: Driver, config: BusConfig, deps: Parts['deps'], metrics: BusMetrics): Bus {
  const names = createNames(config);
  const lanes = createLanes({
    sender: driver.sender,
    partitionCount: (topic) => driver.partitionCount(topic),
    metrics,
    bareName: names.bareTopic,
    now: deps.now,
    random: Math.random,
  });
  const parts: Parts = { driver, lanes, names, metrics, deps };
  const subscriptions = new Map<RunningSubscription, string>();
  const closing = new AbortController();
  let closed = false;

  return {
    async publish({ topic, key, envelope, data }, options) {
      const timeoutMs = Math.min(options?.timeoutMs ?? PUBLISH_TIMEOUT_DEFAULT_MS, PUBLISH_TIMEOUT_MAX_MS);
      const end = metrics.publishSeconds.startTimer({ topic });
      try {
        await lanes.publish(names.topic(topic), { key, value: data, headers: toHeaders(envelope) }, timeoutMs);
        end();
        metrics.published.inc({ topic, outcome: 'acknowledged' });
      } catch (error) {
        metrics.published.inc({ topic, outcome: outcomeOf(error) });
        throw error;
      }
    },
    subscribe(options) {
      if (closed) return Promise.reject(new BaseError('OTP_BUS_CLOSED', 'the bus is closed', { retry: false }));
      const subscription = subscribe(parts, options);
      subscriptions.set(subscription, options.group);
      const stop = async (deadlineMs?: number): Promise<void> => {
        await subscription.stop(deadlineMs);
        subscriptions.delete(subscription);
      };
      return Promise.resolve({ joined: () => subscription.joined(), stop });
    },
    read(options) {
      if (closed) return Promise.reject(new BaseError('OTP_BUS_CLOSED', 'the bus is closed', { retry: false }));
      return read(parts, options, closing.signal);
    },
    createTopics: (specs, options) =>
      driver.createTopics(
        specs.map((spec) => ({ ...spec, name: names.topic(spec.name) })),
        options?.replicationFactor,
      ),
    health: () => ({
      producer: { oldestUnackedMs: lanes.oldestUnackedMs(), connected: driver.sender.connected() },
      consumers: [...subscriptions].map(([subscription, group]) => ({ group, ...subscription.health() })),
    }),
    async close(deadlineMs = CLOSE_DEADLINE_MS) {
      closed = true;
      closing.abort();
      const untilMs = deps.now() + deadlineMs;
      // Handlers publish, so consumers end first.
      await Promise.all([...subscriptions.keys()].map((subscription) => subscription.stop(deadlineMs)));
      subscriptions.clear();
      await lanes.close(Math.max(0, untilMs - deps.now()));
      await driver.sender.close();
    },
  };
}

function subscribe({ driver, lanes, names, metrics, deps }: Parts, options: SubscribeOptions): RunningSubscription {
  const { group } = options;
  const log = deps.log.child({ group });
  const sendDead = createDeadLetters({
    group,
    publish: (topic, record, timeoutMs) => lanes.publish(names.topic(topic), record, timeoutMs),
    partitionCount: (topic) => driver.partitionCount(names.topic(topic)),
    createTopics: (specs) =>
      driver.createTopics(
        specs.map((spec) => ({ ...spec, name: names.topic(spec.name) })),
        undefined,
      ),
  });

  const createWorker = (fullTopic: string, partition: number, after: Promise<unknown>, onFinished: () => void) => {
    const topic = names.bareTopic(fullTopic);
    const labels = { topic, group };
    return createPartitionWorker({
      concurrency: options.concurrency ?? CONCURRENCY_DEFAULT,
      after,
      onFinished,
      now: deps.now,
      async process(record: RawRecord, { signal, onFault }) {
        const outcome = await processRecord(record, {
          topic,
          partition,
          signal,
          random: Math.random,
          async handle(event) {
            const end = metrics.handleSeconds.startTimer(labels);
            await options.handle(event).finally(end);
          },
          async deadLetter(dead, reason) {
            await sendDead({ topic, partition }, dead, reason);
            metrics.deadLetters.inc(labels);
            log.warn({ topic, partition, offset: dead.offset, reason }, 'a record was sent to the dead letters');
          },
          onFault(error, attempt) {
            onFault();
            metrics.handleRetries.inc(labels);
            if (attempt === 0) log.warn({ err: error, topic, partition, offset: record.offset }, 'will be tried again');
          },
        });
        if (outcome !== 'abandoned') metrics.consumed.inc({ ...labels, outcome });
        return outcome;
      },
    });
  };

  const subscription = startSubscription({
    driver,
    group: names.group(group),
    topics: options.topics.map(names.topic),
    fromBeginning: options.fromBeginning ?? true,
    createPartitions: (onFinished) =>
      createPartitions({
        createWorker: (topic, partition, after) => createWorker(topic, partition, after, onFinished),
        onReset: (topic, partition) =>
          log.warn({ topic: names.bareTopic(topic), partition }, 'the log was cut or made anew; reading what is there'),
      }),
    onRestart: () => metrics.consumerRestarts.inc({ group }),
    log,
    now: deps.now,
    random: Math.random,
  });
  const stopSampling = metrics.sampleLag(() =>
    subscription.lags().map(({ topic, lag }) => ({ topic: names.bareTopic(topic), group, lag })),
  );
  return {
    ...subscription,
    async stop(deadlineMs) {
      await subscription.stop(deadlineMs);
      stopSampling();
    },
  };
}

async function read(
  { driver, names, metrics, deps }: Parts,
  options: ReadOptions,
  closing: AbortSignal,
): Promise<{ records: number; skipped: number }> {
  const { now, log } = deps;
  let warned = false;
  const result = await readTopics(
    {
      ...options,
      topics: options.topics.map(names.topic),
      signal: AbortSignal.any([closing, ...(options.signal ? [options.signal] : [])]),
    },
    {
      openReader: (topics) => driver.openReader(topics),
      async process(record, from, signal) {
        const topic = names.bareTopic(from.topic);
        const outcome = await processRecord(record, {
          ...from,
          topic,
          signal,
          random: Math.random,
          unexpectedTriesMax: READ_UNEXPECTED_TRIES_MAX,
          handle: options.handle,
          onFault: (error, attempt) =>
            attempt === 0 && log.debug({ err: error, topic, offset: record.offset }, 'will be tried again'),
          deadLetter(_, reason) {
            if (!warned) log.warn({ ...from, topic, offset: record.offset, reason }, 'records are skipped in a read');
            warned = true;
            return Promise.resolve();
          },
        });
        if (outcome !== 'abandoned') metrics.read.inc({ topic, outcome: outcome === 'dead' ? 'skipped' : 'done' });
        return outcome;
      },
      log,
      now,
      random: Math.random,
    },
  );
  if (result.skipped > 0) log.warn(result, 'records were skipped in a read');
  return result;
}

function outcomeOf(error: unknown): string {
  if (!(error instanceof BaseError)) return 'unavailable';
  return error.code.replace('OTP_BUS_', '').toLowerCase();
}
