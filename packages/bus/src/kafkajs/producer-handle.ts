import kafkajs, { type Kafka, type RecordMetadata, type TopicMessages } from 'kafkajs';
import { settlesWithin } from '../back-off.ts';
import { withItsCluster } from './cluster.ts';
import { restrictLeaders } from './one-leader.ts';

/** A Kafka that does not answer must not hold up a shutdown. */
const DISCONNECT_MAX_MS = 5_000;

/**
 * The lanes send again, not kafkajs: it would go on with those leaders alone that have not answered, and then fail as a whole;
 * what others had acknowledged would be written twice, under new sequence numbers. It refuses less than 1, but counts up to it.
 */
const SEND_RETRY = { retries: Number.NaN };

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
  /**
   * One request, to `leader` and nobody else where it is given: of a request to two kafkajs would not say whose answer is missing,
   * and repeat both.
   *
   * @throws LeaderMoved
   */
  send(topicMessages: TopicMessages[], leader: string | undefined): Promise<RecordMetadata[]>;
  /** Runs what sends; a retired producer is disconnected when the last of them is through. */
  keep<T>(work: () => Promise<T>): Promise<T>;
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
  const only = restrictLeaders(cluster);
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
    async send(topicMessages, leader) {
      await handle.ready;
      return only(leader, async () => producer.sendBatch({ acks: -1, topicMessages }));
    },
    async keep(work) {
      sending++;
      try {
        return await work();
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
