import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { settlesWithin } from '../back-off.ts';
import { RETRY } from './client.ts';
import { withItsCluster } from './cluster.ts';

/** A Kafka that does not answer must not hold up a shutdown. */
const DISCONNECT_MAX_MS = 5_000;

/**
 * The lanes send again, not kafkajs: it would go on with those leaders alone that have not answered, and then fail as a whole;
 * what others had acknowledged would be written twice, under new sequence numbers. It refuses less than 1, but counts up to it.
 */
const SEND_RETRY = { ...RETRY, retries: Number.NaN };

/** One kafkajs producer: it has one producer id, and lives until it is retired and its last send has settled. */
export interface ProducerHandle {
  /** Rejects when Kafka could not be reached. */
  readonly ready: Promise<void>;
  /** The last thing known. */
  connected: boolean;
  /** When its sends began to fail, if none has worked since. */
  failingSinceMs: number | undefined;
  /** As far as this producer knows. */
  leaderOf(topic: string, partition: number): string | undefined;
  /** Runs `send`; a retired producer is disconnected when the last one is through. */
  use<T>(send: (producer: Producer) => Promise<T>): Promise<T>;
  retire(): void;
  /** Settles when a retired producer is disconnected. */
  readonly gone: Promise<void>;
}

export function createProducerHandle(kafka: Kafka): ProducerHandle {
  const { client: producer, cluster } = withItsCluster(kafka, () =>
    kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      retry: SEND_RETRY,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    }),
  );
  const gone = Promise.withResolvers<void>();
  let sending = 0;
  let retired = false;

  async function disconnectIfUnused(): Promise<void> {
    if (!retired || sending > 0) return;
    // A connection that is still being made would outlive a disconnect that comes before it.
    const settled = handle.ready.catch(() => undefined);
    await settlesWithin(
      settled.then(() => producer.disconnect()),
      DISCONNECT_MAX_MS,
    );
    gone.resolve();
  }

  const handle: ProducerHandle = {
    ready: producer.connect(),
    connected: false,
    failingSinceMs: undefined,
    gone: gone.promise,
    leaderOf(topic, partition) {
      try {
        return Object.keys(cluster.findLeaderForPartitions(topic, [partition]))[0];
      } catch {
        // Nothing has been read of the topic yet, or nobody leads.
        return undefined;
      }
    },
    async use(send) {
      sending++;
      try {
        await handle.ready;
        return await send(producer);
      } finally {
        sending--;
        void disconnectIfUnused();
      }
    },
    retire() {
      if (retired) return;
      retired = true;
      void disconnectIfUnused();
    },
  };
  return handle;
}
