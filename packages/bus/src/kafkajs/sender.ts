import type { Kafka, RecordMetadata, TopicMessages } from 'kafkajs';
import type { Logger } from 'pino';
import { backOffMs, pause } from '../back-off.ts';
import type { Sender, SendResult } from '../driver.ts';
import { createLeaderQueues, type Batch } from './leader-queues.ts';
import { LeaderMoved } from './one-leader.ts';
import { createProducerHandle, type ProducerHandle } from './producer-handle.ts';
import { classifySendError } from './send-errors.ts';

/**
 * A producer without a success for so long is replaced: that an old one recovers after a long outage is unproven. Not
 * earlier, since a repetition under a new producer id is no longer recognised by the broker.
 */
const FAILING_MAX_MS = 20_000;
/** A Kafka that is back is found within seconds, by many processes not all at once. */
const RECONNECT = { firstMs: 250, maxMs: 5_000 };

/** An idempotent producer that is replaced when it is dead, and kept connected so that the first event is fast. */
export function createSender(kafka: Kafka, log: Logger, now: () => number): Sender {
  const closing = new AbortController();
  const retiring = new Set<Promise<void>>();
  let current: { handle: ProducerHandle; send: (batch: Batch) => Promise<SendResult> } | undefined;
  let silentSinceMs: number | undefined;

  function acquire(): NonNullable<typeof current> {
    if (current) return current;
    const handle = createProducerHandle(kafka);
    const queue = createLeaderQueues({
      leaderOf: (topic, partition) => handle.leaderOf(topic, partition),
      send: async (batches, leader) => sendWith(handle, batches, leader),
    });
    current = { handle, send: async (batch) => handle.keep(async () => queue(batch)) };
    handle.ready.then(
      () => (handle.connected = true),
      () => retire(handle),
    );
    return current;
  }

  function retire(handle: ProducerHandle): void {
    if (current?.handle === handle) current = undefined;
    handle.retire();
    retiring.add(handle.gone);
    void handle.gone.then(() => retiring.delete(handle.gone));
  }

  function noteSuccess(handle: ProducerHandle): void {
    if (silentSinceMs !== undefined) log.info({ afterMs: now() - silentSinceMs }, 'Kafka acknowledges again');
    silentSinceMs = undefined;
    handle.failingSinceMs = undefined;
    handle.connected = true;
  }

  function noteFailure(handle: ProducerHandle, reason: string): void {
    if (silentSinceMs === undefined) log.warn({ reason }, 'Kafka does not acknowledge; trying again');
    silentSinceMs ??= now();
    handle.failingSinceMs ??= now();
    if (now() - handle.failingSinceMs > FAILING_MAX_MS) retire(handle);
  }

  async function sendWith(
    handle: ProducerHandle,
    batches: readonly Batch[],
    leader?: string,
  ): Promise<readonly SendResult[]> {
    try {
      const answers = await handle.send(batches.map(toMessages), leader);
      noteSuccess(handle);
      const results = readAnswers(batches, answers);
      if (results.some(({ outcome }) => outcome !== 'acknowledged')) retire(handle);
      return results;
    } catch (error) {
      const { result, producerIsDead, isAnswer } = classifySendError(error);
      // Of several partitions kafkajs does not say which one the answer is about, and takes back the sequence numbers of all:
      // each once more by itself, with the same ones.
      if (error instanceof LeaderMoved || (isAnswer && batches.length > 1)) {
        const results = await Promise.all(batches.map(async (batch) => sendWith(handle, [batch])));
        return results.flat();
      }
      if (result.outcome === 'unknown') noteFailure(handle, result.reason);
      if (producerIsDead) retire(handle);
      return batches.map(() => result);
    }
  }

  async function stayConnected(): Promise<void> {
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      try {
        await acquire().handle.ready;
        return;
      } catch (error) {
        log.warn({ error: error instanceof Error ? error.message : String(error) }, 'no connection to Kafka yet');
      }
      await pause(backOffMs(attempt, RECONNECT, Math.random()), closing.signal);
    }
  }

  void stayConnected();

  return {
    send(topic, partition, records) {
      if (closing.signal.aborted) return Promise.resolve({ outcome: 'unknown', reason: 'closed' });
      return acquire().send({ topic, partition, records });
    },
    renew() {
      if (current) retire(current.handle);
    },
    connected: () => current?.handle.connected ?? false,
    async close() {
      closing.abort();
      if (current) retire(current.handle);
      await Promise.all(retiring);
    },
  };
}

function toMessages({ topic, partition, records }: Batch): TopicMessages {
  return { topic, messages: records.map(({ key, value, headers }) => ({ key, value, headers, partition })) };
}

function readAnswers(batches: readonly Batch[], answers: readonly RecordMetadata[]): SendResult[] {
  const landed = new Set(
    answers.filter(({ errorCode }) => errorCode === 0).map(({ topicName, partition }) => `${topicName}/${partition}`),
  );
  return batches.map(({ topic, partition }) =>
    landed.has(`${topic}/${partition}`)
      ? { outcome: 'acknowledged' }
      : // Where its metadata lacks the partition, kafkajs sends nothing and resolves all the same.
        { outcome: 'unknown', reason: 'no answer for the partition' },
  );
}
