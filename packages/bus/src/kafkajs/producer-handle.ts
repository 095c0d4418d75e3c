import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { settlesWithin } from '../back-off.ts';
import { RETRY } from './client.ts';

/** A Kafka that does not answer must not hold up a shutdown. */
const DISCONNECT_MAX_MS = 5_000;

/** One kafkajs producer: it has one producer id, and lives until it is retired and its last send has settled. */
export interface ProducerHandle {
  /** Rejects when Kafka could not be reached. */
  readonly ready: Promise<void>;
  /** The last thing known. */
  connected: boolean;
  /** When its sends began to fail, if none has worked since. */
  failingSinceMs: number | undefined;
  /** Runs `send`; a retired producer is disconnected when the last one is through. */
  use<T>(send: (producer: Producer) => Promise<T>): Promise<T>;
  retire(): void;
  /** Settles when a retired producer is disconnected. */
  readonly gone: Promise<void>;
}

export function createProducerHandle(kafka: Kafka): ProducerHandle {
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    retry: RETRY,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
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
