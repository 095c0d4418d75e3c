import type { OutgoingRecord, SendResult } from '../driver.ts';

/** What one request may carry: a broker takes 100 MB at a time, and answers when all of it is replicated. */
const REQUEST_BATCHES_MAX = 64;

/** Records for one partition. */
export interface Batch {
  topic: string;
  partition: number;
  records: readonly OutgoingRecord[];
}

export interface LeaderQueuesDeps {
  /** The broker that leads a partition, as far as is known. */
  leaderOf(topic: string, partition: number): string | undefined;
  /** One request: a result for each batch, in their order. Must not reject. */
  send(batches: readonly Batch[]): Promise<readonly SendResult[]>;
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
      const taken = queue.splice(0, REQUEST_BATCHES_MAX);
      const results = await deps.send(taken.map(({ batch }) => batch));
      for (const [index, each] of taken.entries()) each.resolve(results[index]!);
    }
    queues.delete(leader);
  }

  return async (batch) => {
    const leader = deps.leaderOf(batch.topic, batch.partition);
    if (leader === undefined) return (await deps.send([batch]))[0]!;
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
