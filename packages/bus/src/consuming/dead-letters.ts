import { BaseError, deadLetterTopic, type TopicSpec } from '@watchword/contracts';
import type { OutgoingRecord, RawRecord } from '../driver.ts';

/** Long enough for somebody to look at it after a long weekend. */
const RETENTION_MS = 7 * 24 * 3_600_000;
/** Header values travel with every read of the topic. */
const REASON_CHARS_MAX = 500;
/** The record waits for nothing else; what is not acknowledged by then is published again. */
const PUBLISH_TIMEOUT_MS = 30_000;

export interface DeadLetterDeps {
  group: string;
  /**
   * Leaves out value, key and headers, which are somebody else's and may hold addresses in clear: only the whereabouts
   * are told, and who may read the topic finds the record there as long as it is kept.
   */
  withholds: boolean;
  publish(topic: string, record: OutgoingRecord, timeoutMs: number): Promise<void>;
  partitionCount(topic: string): Promise<number>;
  createTopics(specs: readonly TopicSpec[]): Promise<void>;
}

/**
 * Sends records that a group can never handle to `<topic>.<group>.dead`, as they came, with four more headers. A topic
 * that is missing is made: a forgotten one must not hold up a partition for ever. One that Kafka refuses as it came (with the
 * headers it may be too large) goes without its content. Names are bare. Rejects when Kafka does not take it.
 */
export function createDeadLetters(
  deps: DeadLetterDeps,
): (from: { topic: string; partition: number }, record: RawRecord, reason: string) => Promise<void> {
  const existing = new Set<string>();

  async function ensure(name: string): Promise<void> {
    if (existing.has(name)) return;
    try {
      await deps.partitionCount(name);
    } catch {
      await deps.createTopics([{ name, partitions: 1, retentionMs: RETENTION_MS }]);
    }
    existing.add(name);
  }

  return async ({ topic, partition }, record, reason) => {
    const target = deadLetterTopic(topic, deps.group);
    await ensure(target);
    const whereabouts = {
      'x-reason': reason.slice(0, REASON_CHARS_MAX),
      'x-original-topic': topic,
      'x-original-partition': String(partition),
      'x-original-offset': record.offset,
    };
    const headers = { 'x-withheld': 'key, value, headers', ...whereabouts };
    const withheld = { key: '', value: '', headers };
    if (deps.withholds) return deps.publish(target, withheld, PUBLISH_TIMEOUT_MS);
    const { key, value } = record;
    const whole = { key, value: value ?? '', headers: { ...record.headers, ...whereabouts } };
    try {
      await deps.publish(target, whole, PUBLISH_TIMEOUT_MS);
    } catch (error) {
      if (!(error instanceof BaseError) || error.retry) throw error;
      await deps.publish(target, withheld, PUBLISH_TIMEOUT_MS);
    }
  };
}
