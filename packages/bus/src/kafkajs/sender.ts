import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import type { Logger } from 'pino';
import { backOffMs, pause, settlesWithin } from '../back-off.ts';
import type { OutgoingRecord, Sender, SendResult } from '../driver.ts';
import { classifySendError } from './send-errors.ts';
import { RETRY } from './client.ts';

/**
 * A producer without a success for so long is replaced: that an old one recovers after a long outage is unproven. Not
 * earlier, since a repetition under a new producer id is no longer recognised by the broker.
 */
const FAILING_MAX_MS = 10_000;
const RECONNECT = { firstMs: 250, maxMs: 5_000 };
const DISCONNECT_MAX_MS = 5_000;

/** One kafkajs producer: it has one producer id, and lives until it is retired and its last send has settled. */
interface Handle {
  producer: Producer;
  ready: Promise<void>;
  connected: boolean;
  sending: number;
  failingSinceMs: number | undefined;
  retired: boolean;
}

/** An idempotent producer that is replaced when it is dead, and kept connected so that the first event is fast. */
export function createSender(kafka: Kafka, log: Logger, now: () => number): Sender {
  const closing = new AbortController();
  const retiring = new Set<Promise<boolean>>();
  let current: Handle | undefined;

  function acquire(): Handle {
    if (current) return current;
    const producer = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      retry: RETRY,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    const handle: Handle = {
      producer,
      ready: producer.connect(),
      connected: false,
      sending: 0,
      failingSinceMs: undefined,
      retired: false,
    };
    current = handle;
    handle.ready.then(
      () => (handle.connected = true),
      () => retire(handle),
    );
    return handle;
  }

  function retire(handle: Handle): void {
    if (current === handle) current = undefined;
    if (handle.retired) return;
    handle.retired = true;
    disconnectIfUnused(handle);
  }

  function disconnectIfUnused(handle: Handle): void {
    if (!handle.retired || handle.sending > 0) return;
    const gone = settlesWithin(handle.producer.disconnect(), DISCONNECT_MAX_MS);
    retiring.add(gone);
    void gone.then(() => retiring.delete(gone));
  }

  function isFailingLong(handle: Handle): boolean {
    handle.connected = false;
    handle.failingSinceMs ??= now();
    return now() - handle.failingSinceMs > FAILING_MAX_MS;
  }

  async function sendWith(
    handle: Handle,
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
  ): Promise<SendResult> {
    try {
      await handle.ready;
      const messages = records.map(({ key, value, headers }) => ({ key, value, headers, partition }));
      const answers = await handle.producer.send({ topic, acks: -1, messages });
      handle.failingSinceMs = undefined;
      handle.connected = true;
      // Where its metadata lacks the partition, kafkajs sends nothing and resolves all the same.
      if (answers.some((answer) => answer.partition === partition && answer.errorCode === 0))
        return { outcome: 'acknowledged' };
      retire(handle);
      return { outcome: 'unknown', reason: 'no answer for the partition' };
    } catch (error) {
      const { result, producerIsDead } = classifySendError(error);
      if (producerIsDead || (result.outcome === 'unknown' && isFailingLong(handle))) retire(handle);
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
    async send(topic, partition, records) {
      if (closing.signal.aborted) return { outcome: 'unknown', reason: 'closed' };
      const handle = acquire();
      handle.sending++;
      const result = await sendWith(handle, topic, partition, records);
      handle.sending--;
      disconnectIfUnused(handle);
      return result;
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
