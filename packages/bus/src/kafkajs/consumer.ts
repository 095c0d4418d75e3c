import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { settlesWithin } from '../back-off.ts';
import type { ConsumerEvents, ConsumerLife, ConsumerOptions } from '../driver.ts';
import { RETRY } from './client.ts';
import { leaveForTheDead, leaveGroup } from './leave-group.ts';
import { markedAssigner } from './process-mark.ts';
import { toRecord } from './record.ts';

/** A dead member's partitions stand still so long. */
const SESSION_TIMEOUT_MS = 10_000;
/** Four may be lost before the session ends. */
const HEARTBEAT_INTERVAL_MS = 2_000;
/** Members rejoin within a fetch; a slower one is hung. */
const REBALANCE_TIMEOUT_MS = 20_000;
/** Data is sent at once (minBytes 1); this bounds how late an idle member heartbeats, and a resumed partition is read. */
const FETCH_WAIT_MS = 500;
/** A few hundred records of a partition: what its queue holds. */
const PARTITION_BYTES_MAX = 256 * 1024;
/** Sixteen full partitions at a time; with the decoded records some 20 MB. */
const FETCH_BYTES_MAX = 4 * 1024 * 1024;
/** Partitions of one fetch whose records are taken over at the same time. */
const PARTITIONS_AT_ONCE = 64;
/** A Kafka that does not answer must not hold up a shutdown. */
const CLOSE_MAX_MS = 5_000;

const CONFIG: Omit<ConsumerConfig, 'groupId'> = {
  sessionTimeout: SESSION_TIMEOUT_MS,
  heartbeatInterval: HEARTBEAT_INTERVAL_MS,
  rebalanceTimeout: REBALANCE_TIMEOUT_MS,
  maxWaitTimeInMs: FETCH_WAIT_MS,
  maxBytesPerPartition: PARTITION_BYTES_MAX,
  maxBytes: FETCH_BYTES_MAX,
  allowAutoTopicCreation: false,
  partitionAssigners: [markedAssigner],
  // Reviving is the subscription's, which also sees the crashes that kafkajs would leave at that.
  retry: { ...RETRY, restartOnFailure: () => Promise.resolve(false) },
};

/**
 * One life of a kafkajs consumer. `eachBatch` only takes records over and returns, so kafkajs' own loop goes on
 * fetching and heartbeating whatever the handlers do, and a rebalance is answered within one fetch
 * (handlers inside `eachBatch` are what makes kafkajs miss rebalances: tulios/kafkajs#1527, #1720).
 */
export function startConsumer(kafka: Kafka, options: ConsumerOptions, events: ConsumerEvents): ConsumerLife {
  const consumer = kafka.consumer({ ...CONFIG, groupId: options.group });
  const over = Promise.withResolvers<{ reason: string }>();
  let latest: EachBatchPayload | undefined;

  listen(consumer, events, over.resolve);

  async function run(): Promise<void> {
    const { group, formerMember } = options;
    await consumer.connect();
    if (formerMember === undefined) await leaveForTheDead(kafka, group);
    else await leaveGroup(kafka, group, formerMember);
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
      eachBatch: async (payload) => {
        const { batch } = payload;
        latest = payload;
        await events.records({
          topic: batch.topic,
          partition: batch.partition,
          highWatermark: Number(batch.highWatermark),
          records: batch.messages.map(toRecord),
          pause: () => payload.pause(),
        });
      },
    });
  }

  const started = run().catch((error: unknown) => over.resolve({ reason: messageOf(error) }));

  return {
    ended: over.promise,
    async commit(offsets) {
      // `consumer.commitOffsets` would repeat a failed commit after a rejoin, then with the new generation and
      // perhaps for a partition that another member has carried further. The batch's function tries once.
      await latest?.commitOffsetsIfNecessary({
        topics: [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, partitions]) => ({
          topic,
          partitions: partitions.map(({ partition, offset }) => ({ partition, offset })),
        })),
      });
    },
    async close() {
      await settlesWithin(
        started.then(() => consumer.disconnect()),
        CLOSE_MAX_MS,
      );
      over.resolve({ reason: 'closed' });
    },
  };
}

function listen(consumer: Consumer, events: ConsumerEvents, end: (why: { reason: string }) => void): void {
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    // Pauses outlive a rejoin in kafkajs, what they were for does not.
    consumer.resume(consumer.paused());
    const assignments = Object.entries(payload.memberAssignment);
    events.joined(
      payload.memberId,
      assignments.map(([topic, partitions]) => ({ topic, partitions })),
    );
  });
  consumer.on(consumer.events.REBALANCING, () => events.rebalancing());
  consumer.on(consumer.events.HEARTBEAT, () => events.heartbeat());
  consumer.on(consumer.events.CRASH, ({ payload }) => end({ reason: messageOf(payload.error) }));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
