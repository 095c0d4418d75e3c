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
const FAILING_MAX_MS = 20_000;
/** A Kafka that is back is found within seconds, by many processes not all at once. */
const RECONNECT = { firstMs: 250, maxMs: 5_000 };

/** An idempotent producer that is replaced when it is dead, and kept connected so that the first event is fast. */
export function createSender(kafka: Kafka, log: Logger, now: () => number): Sender {
  const closing = new AbortController();
  const retiring = new Set<Promise<void>>();
  let current: ProducerHandle | undefined;
  let silentSinceMs: number | undefined;

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
        log.warn({ error: error instanceof Error ? error.message : String(error) }, 'no connection to Kafka yet');
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
