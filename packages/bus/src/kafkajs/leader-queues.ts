import type { OutgoingRecord, SendResult } from '../driver.ts';

/** Of one request, or one batch that is longer: as Kafka's own client (max.request.size). All of it is replicated before it is answered. */
const REQUEST_BYTES_MAX = 1024 * 1024;
/** What Kafka and its protocol add to a record's key and value, headers included, rounded up. */
const RECORD_OVERHEAD_BYTES = 512;

/** Records for one partition. */
export interface Batch {
  topic: string;
  partition: number;
  records: readonly OutgoingRecord[];
}

export interface LeaderQueuesDeps {
  /** The broker that leads a partition, as far as is known. */
  leaderOf(topic: string, partition: number): string | undefined;
  /** One request, to one leader: a result for each batch, in their order. Must not reject. */
  send(batches: readonly Batch[], leader: string | undefined): Promise<readonly SendResult[]>;
}

interface Waiting {
  batch: Batch;
  resolve(result: SendResult): void;
}

/**
 * kafkajs lets an idempotent producer have one request at a time with a broker, so that a request for each partition would make
 * the lanes wait for one another. Here all that has come for a leader while a request to it is under way goes in the next one.
 * What is for another leader never waits, nor does what nobody is known to lead.
 *
 * @returns sends a batch; never two at a time for the same partition
 */
export function createLeaderQueues(deps: LeaderQueuesDeps): (batch: Batch) => Promise<SendResult> {
  const queues = new Map<string, Waiting[]>();

  async function run(leader: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const taken = queue.splice(0, countFitting(queue));
      const results = await deps.send(
        taken.map(({ batch }) => batch),
        leader,
      );
      for (const [index, each] of taken.entries()) each.resolve(results[index]!);
    }
    queues.delete(leader);
  }

  return async (batch) => {
    const leader = deps.leaderOf(batch.topic, batch.partition);
    if (leader === undefined) return (await deps.send([batch], undefined))[0]!;
    const { promise, resolve } = Promise.withResolvers<SendResult>();
    const waiting = queues.get(leader);
    if (waiting) waiting.push({ batch, resolve });
    else {
      const queue = [{ batch, resolve }];
      queues.set(leader, queue);
      void run(leader, queue);
    }
    return promise;
  };
}

/** At least one. */
function countFitting(queue: readonly Waiting[]): number {
  let bytes = 0;
  const over = queue.findIndex(({ batch: { records } }) => {
    for (const { key, value } of records) bytes += key.length + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
    return bytes > REQUEST_BYTES_MAX;
  });
  return over === -1 ? queue.length : Math.max(1, over);
}
