import type { Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import { backOffMs, pause } from '../back-off.ts';
import type { OutgoingRecord, Sender, SendResult } from '../driver.ts';
import { createProducerHandle, type ProducerHandle } from './producer-handle.ts';
import { classifySendError } from './send-errors.ts';

/**
 * A producer without a success for so long is replaced: that an old one recovers after a long outage is unproven. Not
 * earlier, since a repetition under a new producer id is no longer recognised by the broker.
 */
const FAILING_MAX_MS = 10_000;
/** A Kafka that is back is found within seconds, by many processes not all at once. */
const RECONNECT = { firstMs: 250, maxMs: 5_000 };

/**
 * kafkajs lets an idempotent producer have one request at a time with each broker, whatever partitions it is for: lanes of one
 * producer wait for one another. Each more costs a connection to every broker.
 */
const PRODUCERS = 4;

/** The lanes' way to Kafka: each lane's batches go by one producer, always the same, since that one numbers them. */
export function createSender(kafka: Kafka, log: Logger, now: () => number): Sender {
  const silence = createSilence(log, now);
  const producers = Array.from({ length: PRODUCERS }, () => keepProducer(kafka, silence, now));
  const producerOf = (topic: string, partition: number): KeptProducer =>
    producers[(topic.length + partition) % PRODUCERS]!;
  return {
    send: (topic, partition, records) => producerOf(topic, partition).send(topic, partition, records),
    renew: (topic, partition) => producerOf(topic, partition).renew(),
    connected: () => producers.some((producer) => producer.connected()),
    async close() {
      await Promise.all(producers.map((producer) => producer.close()));
    },
  };
}

interface Silence {
  noteSuccess(): void;
  noteFailure(reason: string): void;
}

/** That Kafka stopped and began to acknowledge is told once, whichever producer notices. */
function createSilence(log: Logger, now: () => number): Silence {
  let sinceMs: number | undefined;
  return {
    noteSuccess() {
      if (sinceMs !== undefined) log.info({ afterMs: now() - sinceMs }, 'Kafka acknowledges again');
      sinceMs = undefined;
    },
    noteFailure(reason) {
      if (sinceMs === undefined) log.warn({ reason }, 'Kafka does not acknowledge; trying again');
      sinceMs ??= now();
    },
  };
}

interface KeptProducer {
  send: Sender['send'];
  renew(): void;
  connected(): boolean;
  close(): Promise<void>;
}

/** An idempotent producer that is replaced when it is dead, and kept connected so that the first event is fast. */
function keepProducer(kafka: Kafka, silence: Silence, now: () => number): KeptProducer {
  const closing = new AbortController();
  const retiring = new Set<Promise<void>>();
  let current: ProducerHandle | undefined;

  function acquire(): ProducerHandle {
    if (current) return current;
    const handle = createProducerHandle(kafka);
    current = handle;
    handle.ready.then(
      () => (handle.connected = true),
      () => retire(handle),
    );
    return handle;
  }

  function retire(handle: ProducerHandle): void {
    if (current === handle) current = undefined;
    handle.retire();
    retiring.add(handle.gone);
    void handle.gone.then(() => retiring.delete(handle.gone));
  }

  function noteSuccess(handle: ProducerHandle): void {
    silence.noteSuccess();
    handle.failingSinceMs = undefined;
    handle.connected = true;
  }

  function noteFailure(handle: ProducerHandle, reason: string): void {
    silence.noteFailure(reason);
    handle.failingSinceMs ??= now();
    if (now() - handle.failingSinceMs > FAILING_MAX_MS) retire(handle);
  }

  async function sendWith(
    handle: ProducerHandle,
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
  ): Promise<SendResult> {
    const messages = records.map(({ key, value, headers }) => ({ key, value, headers, partition }));
    try {
      const answers = await handle.use((producer) => producer.send({ topic, acks: -1, messages }));
      noteSuccess(handle);
      // Where its metadata lacks the partition, kafkajs sends nothing and resolves all the same.
      if (answers.some((answer) => answer.partition === partition && answer.errorCode === 0))
        return { outcome: 'acknowledged' };
      retire(handle);
      return { outcome: 'unknown', reason: 'no answer for the partition' };
    } catch (error) {
      const { result, producerIsDead } = classifySendError(error);
      if (result.outcome === 'unknown') noteFailure(handle, result.reason);
      if (producerIsDead) retire(handle);
      return result;
    }
  }

  async function stayConnected(): Promise<void> {
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      try {
        await acquire().ready;
        return;
      } catch (error) {
        silence.noteFailure(error instanceof Error ? error.message : String(error));
      }
      await pause(backOffMs(attempt, RECONNECT, Math.random()), closing.signal);
    }
  }

  void stayConnected();

  return {
    send(topic, partition, records) {
      if (closing.signal.aborted) return Promise.resolve({ outcome: 'unknown', reason: 'closed' });
      return sendWith(acquire(), topic, partition, records);
    },
    renew() {
      if (current) retire(current);
    },
    connected: () => current?.connected ?? false,
    async close() {
      closing.abort();
      if (current) retire(current);
      await Promise.all(retiring);
    },
  };
}
