import type { Cluster, Kafka, KafkaMessage } from 'kafkajs';
import { settlesWithin } from '../back-off.ts';
import type { PartitionRange, Position, ReadBatch, Reader } from '../driver.ts';
import { READ_UNCOMMITTED, createCluster } from './cluster.ts';
import { toRecord } from './record.ts';

/** How long a broker waits for records that are not readable yet: those that another replica still lacks. */
const FETCH_WAIT_MS = 250;
/** An eighth of a fetch, so that one long partition does not make the others wait. */
const PARTITION_BYTES_MAX = 512 * 1024;
/** Of one broker at a time; with the decoded records some 20 MB. */
const FETCH_BYTES_MAX = 4 * 1024 * 1024;
/** A broker that hangs must not hold up who is done with it. */
const CLOSE_MAX_MS = 2_000;

/** What kafkajs knows of a fetched partition; its own types leave `Broker.fetch` open. */
interface FetchedPartition {
  partition: number;
  messages: (KafkaMessage & { isControlRecord?: boolean })[];
}
interface FetchAnswer {
  responses: { topicName: string; partitions: FetchedPartition[] }[];
}

/**
 * Reads by offset with kafkajs' own cluster object, since its consumer knows groups only: a throwaway group would wait
 * for `group.initial.rebalance.delay.ms` (3 s on a broker as it comes), need a coordinator and a right of its own, and
 * leave itself behind.
 */
export async function openReader(
  kafka: Kafka,
  topics: readonly string[],
  { mustExist = false }: { mustExist?: boolean | undefined } = {},
): Promise<Reader> {
  const cluster = createCluster(kafka);
  const close = async (): Promise<void> => {
    await settlesWithin(cluster.disconnect(), CLOSE_MAX_MS);
  };
  try {
    await cluster.connect();
    const { topicMetadata } = await cluster.metadata();
    const known = new Set(topicMetadata.map(({ topic }) => topic));
    const existing = [...new Set(topics)].filter((topic) => known.has(topic));
    const missing = topics.filter((topic) => !known.has(topic));
    if (mustExist && missing.length > 0)
      throw new Error(`${missing.join(', ')}: not there, or without the right to describe it`);
    if (existing.length > 0) await cluster.addMultipleTargetTopics(existing);
    return {
      ranges: (fromMs) => (existing.length > 0 ? findRanges(cluster, existing, fromMs) : Promise.resolve([])),
      fetch: (positions, waitMs = FETCH_WAIT_MS) => fetchFromLeaders(cluster, positions, waitMs),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function findRanges(cluster: Cluster, topics: readonly string[], fromMs: number): Promise<PartitionRange[]> {
  const partitionsOf = (topic: string) =>
    cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId }));
  const ask = async (where: { fromBeginning: boolean } | { fromTimestamp: number }): Promise<Map<string, number>> => {
    const found = await cluster.fetchTopicsOffset(
      topics.map((topic) => ({ topic, partitions: partitionsOf(topic), ...where })),
    );
    return new Map(
      found.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }): [string, number] => [`${topic}/${partition}`, Number(offset)]),
      ),
    );
  };
  // The ends first: a record that comes in between is then behind its end, and not read.
  const ends = await ask({ fromBeginning: false });
  const starts = await ask({ fromTimestamp: fromMs });
  return topics.flatMap((topic) =>
    partitionsOf(topic).map(({ partition }) => {
      const key = `${topic}/${partition}`;
      const end = ends.get(key)!;
      const from = starts.get(key)!;
      // -1: no record is that young.
      return { topic, partition, from: from < 0 ? end : Math.min(from, end), end };
    }),
  );
}

async function fetchFromLeaders(
  cluster: Cluster,
  positions: readonly Position[],
  waitMs: number,
): Promise<ReadBatch[]> {
  const byLeader = new Map<string, Position[]>();
  for (const position of positions) {
    const [leader] = Object.keys(cluster.findLeaderForPartitions(position.topic, [position.partition]));
    if (leader === undefined) throw new Error(`${position.topic} has no partition ${position.partition} any more`);
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), position]);
  }
  const answers = await Promise.all(
    [...byLeader].map(([leader, theirs]) => fetchFrom(cluster, leader, theirs, waitMs)),
  );
  return answers.flat();
}

async function fetchFrom(
  cluster: Cluster,
  leader: string,
  positions: readonly Position[],
  waitMs: number,
): Promise<ReadBatch[]> {
  const broker = await cluster.findBroker({ nodeId: leader });
  const answer = (await broker.fetch({
    isolationLevel: READ_UNCOMMITTED,
    maxWaitTime: waitMs,
    minBytes: 1,
    maxBytes: FETCH_BYTES_MAX,
    topics: [...Map.groupBy(positions, ({ topic }) => topic)].map(([topic, theirs]) => ({
      topic,
      partitions: theirs.map(({ partition, offset }) => ({
        partition,
        fetchOffset: String(offset),
        maxBytes: PARTITION_BYTES_MAX,
      })),
    })),
  })) as FetchAnswer;
  const asked = new Map(positions.map((position) => [`${position.topic}/${position.partition}`, position.offset]));
  return answer.responses.flatMap(({ topicName, partitions }) =>
    partitions.map((fetched) => toBatch(topicName, fetched, asked.get(`${topicName}/${fetched.partition}`)!)),
  );
}

function toBatch(topic: string, { partition, messages }: FetchedPartition, offset: number): ReadBatch {
  const last = messages.at(-1);
  return {
    topic,
    partition,
    // A broker sends whole batches: records before the one that was asked for come with them.
    records: messages
      .filter((message) => Number(message.offset) >= offset && message.isControlRecord !== true)
      .map(toRecord),
    next: last === undefined ? offset : Math.max(offset, Number(last.offset) + 1),
  };
}
