import { BaseError } from '@watchword/contracts';
import { withEnvelope } from '../cloud-event.ts';
import type { RawRecord } from '../driver.ts';
import type { Parts } from '../parts.ts';
import type { RawSubscribeOptions, SubscribeOptions } from '../port.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createPartitionWorker } from './partition-worker.ts';
import { createPartitions } from './partitions.ts';
import { processRecord } from './process-record.ts';
import { createRunningCalls } from './running-calls.ts';
import { type RunningSubscription, startSubscription } from './subscription.ts';

/** One queue of 64 keeps a Redis round trip busy without flooding it. */
const CONCURRENCY_DEFAULT = 64;

/** Where a record lies. */
interface Place {
  topic: string;
  partition: number;
  offset: string;
}

/** Puts a subscription together from the parts of a bus. */
export function subscribe(parts: Parts, options: SubscribeOptions | RawSubscribeOptions): RunningSubscription {
  const { driver, names, metrics, now } = parts;
  const { group } = options;
  const log = parts.log.child({ group });
  const handle = options.envelope === 'none' ? options.handle : withEnvelope(options.handle);
  // records that others write come from topics that they have each for themselves
  if (options.envelope === 'none') metrics.fold(options.topics, group);
  metrics.expect(options.topics, group);
  const sendDead = deadLettersOf(parts, options);
  const calls = createRunningCalls<Place>({
    onLate(place, runningMs) {
      metrics.handlerLate(place.topic, group);
      log.error({ ...place, runningMs }, 'a handler does not return; its record is neither committed nor given up');
    },
    now,
  });

  const createWorker = (fullTopic: string, partition: number, after: Promise<unknown>, onFinished: () => void) => {
    const topic = names.bareTopic(fullTopic);
    return createPartitionWorker({
      concurrency: options.concurrency ?? CONCURRENCY_DEFAULT,
      anyOrder: options.anyOrder ?? false,
      after,
      onFinished,
      now,
      random: Math.random,
      async process(record: RawRecord, { signal, onFault }) {
        const outcome = await processRecord(record, {
          topic,
          partition,
          signal,
          random: Math.random,
          async handle(event) {
            const endHandle = metrics.startHandle(topic, group);
            const endCall = calls.begin({ topic, partition, offset: record.offset });
            try {
              await handle(event);
              endHandle();
            } catch (error) {
              endHandle({ error });
              throw error;
            } finally {
              endCall();
            }
          },
          async deadLetter(dead, reason) {
            await sendDead({ topic, partition }, dead, reason);
            metrics.deadLetter(topic, group);
            log.warn({ topic, partition, offset: dead.offset, reason }, 'a record was sent to the dead letters');
          },
          onFault(error, attempt, burying = false) {
            onFault(burying || (error instanceof BaseError && error.code === 'OTP_INGRESS_WAITING'));
            metrics.handleRetried(topic, group);
            if (attempt === 0) log.warn({ err: error, topic, partition, offset: record.offset }, 'will be tried again');
          },
        });
        if (outcome !== 'abandoned') metrics.consumed(topic, group, outcome);
        return outcome;
      },
    });
  };

  const subscription = startSubscription({
    driver,
    group: names.group(group),
    topics: options.topics.map(names.topic),
    createPartitions: (onFinished) =>
      createPartitions({
        createWorker: (topic, partition, after) => createWorker(topic, partition, after, onFinished),
        onReset: (topic, partition) =>
          log.warn({ topic: names.bareTopic(topic), partition }, 'the log was cut or made anew; reading what is there'),
      }),
    oldestHandlerMs: () => calls.oldestMs(),
    onRestart: () => metrics.consumerRestarted(group),
    log,
    now,
    random: Math.random,
  });
  const stopSampling = metrics.sampleConsumer(() => ({
    group,
    sinceProgressMs: subscription.health().sinceProgressMs,
    lags: subscription.lags().map(({ topic, lag }) => ({ topic: names.bareTopic(topic), lag })),
  }));
  return {
    ...subscription,
    async stop(deadlineMs) {
      await subscription.stop(deadlineMs);
      stopSampling();
      calls.stop();
    },
  };
}

function deadLettersOf({ driver, lanes, names }: Parts, { group, envelope }: { group: string; envelope?: string }) {
  return createDeadLetters({
    group,
    withholds: envelope === 'none',
    publish: (topic, record, timeoutMs) => lanes.publish(names.topic(topic), record, timeoutMs),
    partitionCount: (topic) => driver.partitionCount(names.topic(topic)),
    createTopics: (specs) =>
      driver.createTopics(
        specs.map((spec) => ({ ...spec, name: names.topic(spec.name) })),
        undefined,
      ),
  });
}
