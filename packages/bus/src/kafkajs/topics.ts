import type { Admin, ITopicMetadata, Kafka } from 'kafkajs';
import { BaseError, type TopicSpec } from '@watchword/contracts';
import { pause } from '../back-off.ts';
import type { Driver } from '../driver.ts';

/** Kafka's own choice (`default.replication.factor`). */
const BROKER_DEFAULT = -1;
/** Some twenty topics with all their replicas on a busy cluster; below the time-out of any request of ours. */
const CREATE_TIMEOUT_MS = 15_000;
/** A made topic is known to the other brokers, and has its leaders, some milliseconds later; under load a second or two. */
const KNOWN_MAX_MS = 10_000;
/** Rare enough for a controller that is at work on the same topics. */
const KNOWN_POLL_MS = 50;
const NOT_YET_KNOWN = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/** Topics are asked for rarely: each call opens a connection of its own and closes it. */
export function createTopicAdmin(kafka: Kafka): Pick<Driver, 'partitionCount' | 'createTopics' | 'listTopics'> {
  async function withAdmin<T>(act: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = kafka.admin();
    try {
      await admin.connect();
      return await act(admin);
    } catch (cause) {
      if (cause instanceof BaseError) throw cause;
      throw new BaseError('OTP_BUS_UNAVAILABLE', `Kafka: ${reasonsOf(cause).join('; ')}`, { retry: true, cause });
    } finally {
      await admin.disconnect();
    }
  }

  return {
    partitionCount: (topic) => withAdmin(async (admin) => (await describe(admin, [topic]))[0]!.partitions.length),
    listTopics: () => withAdmin((admin) => admin.listTopics()),
    createTopics: (specs, replicationFactor) =>
      withAdmin(async (admin) => {
        const existing = new Set(await admin.listTopics());
        const missing = specs.filter(({ name }) => !existing.has(name));
        if (missing.length > 0) await create(admin, missing, replicationFactor ?? BROKER_DEFAULT);
        await verify(admin, specs);
      }),
  };
}

async function create(admin: Admin, specs: readonly TopicSpec[], replicationFactor: number): Promise<void> {
  try {
    await admin.createTopics({
      timeout: CREATE_TIMEOUT_MS,
      // kafkajs' own waiting gives up at the first broker that has not heard of them.
      waitForLeaders: false,
      topics: specs.map((spec) => ({
        topic: spec.name,
        numPartitions: spec.partitions,
        replicationFactor,
        configEntries: configEntriesOf(spec),
      })),
    });
  } catch (cause) {
    const reasons = reasonsOf(cause).filter((reason) => !reason.includes('already exists'));
    // Another process may have made some of them since we looked.
    if (reasons.length > 0) throw cause;
  }
}

function configEntriesOf(spec: TopicSpec): { name: string; value: string }[] {
  const entries = spec.compacted
    ? [
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'delete.retention.ms', value: String(spec.retentionMs) },
      ]
    : [{ name: 'retention.ms', value: String(spec.retentionMs) }];
  if (spec.segmentMs !== undefined) entries.push({ name: 'segment.ms', value: String(spec.segmentMs) });
  if (spec.storedPlain) entries.push({ name: 'compression.type', value: 'uncompressed' });
  if (spec.brokerTime) entries.push({ name: 'message.timestamp.type', value: 'LogAppendTime' });
  return entries;
}

function reasonsOf(error: unknown): string[] {
  if (error instanceof Error && 'errors' in error && Array.isArray(error.errors))
    return error.errors.map((each: unknown) => (each instanceof Error ? each.message : String(each)));
  return [error instanceof Error ? error.message : String(error)];
}

async function verify(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  const found = await describeMade(
    admin,
    specs.map(({ name }) => name),
  );
  const counts = new Map(found.map(({ name, partitions }) => [name, partitions.length]));
  const wrong = specs.filter(
    ({ name, partitions, anyPartitions }) => !anyPartitions && counts.get(name) !== partitions,
  );
  if (wrong.length === 0) return;
  const list = wrong.map(
    ({ name, partitions }) => `${name} has ${counts.get(name) ?? 0} partitions instead of ${partitions}`,
  );
  throw new BaseError(
    'OTP_BUS_TOPIC_MISMATCH',
    `${list.join('; ')}. Keys would change their partition, so nothing was changed: use another prefix, or delete the topic`,
    { retry: false },
  );
}

async function describe(admin: Admin, topics: string[]): Promise<ITopicMetadata[]> {
  return (await admin.fetchTopicMetadata({ topics })).topics;
}

async function describeMade(admin: Admin, topics: string[]): Promise<ITopicMetadata[]> {
  const untilMs = performance.now() + KNOWN_MAX_MS;
  for (;;) {
    try {
      return await describe(admin, topics);
    } catch (error) {
      const { type } = error as { type?: unknown };
      if (typeof type !== 'string' || !NOT_YET_KNOWN.has(type) || performance.now() > untilMs) throw error;
    }
    await pause(KNOWN_POLL_MS, new AbortController().signal);
  }
}
