import { CHANNELS, type Channel } from './words.ts';

/**
 * Every topic: name, partitions, how long it is kept, and why. Topics keyed by verification have 24 partitions, never
 * changed within a major version, so that a verification's events stay in order in one partition.
 */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const VERIFICATION_PARTITIONS = 24;
/** Topics that hold sealed addresses roll their segments this often, since Kafka deletes only whole closed segments. */
const SEALED_SEGMENT_MS = 600_000;

export interface TopicSpec {
  name: string;
  partitions: number;
  /** How long a record is kept; where the topic is compacted, how long a deletion is. */
  retentionMs: number;
  segmentMs?: number;
  /** A table: of each key the last record is kept for ever, and one without a value deletes it. Default false. */
  compacted?: boolean;
  /**
   * Records get the broker's time, whatever their producer says: for topics that others write, or that are read again from
   * a point in time, which a process with a wrong clock must not hide from. Default false.
   */
  brokerTime?: boolean;
  /**
   * The broker stores records uncompressed, whatever their producer sends, and refuses a batch that is too large then: for
   * topics that others write, where a small batch must not become a huge one in whoever reads it. Default false.
   */
  storedPlain?: boolean;
  /** A topic that exists with another number of partitions is left as it is: order in it is its producer's. Default false. */
  anyPartitions?: boolean;
}

export const REQUEST_TOPIC = 'otp.request.v1';
export const ATTEMPT_TOPIC = 'otp.attempt.v1';
export const RECEIPT_TOPIC = 'otp.receipt.v1';
export const CHECK_TOPIC = 'otp.check.v1';
export const OUTCOME_TOPIC = 'otp.outcome.v1';
/** What became of every record that a platform emitted: one event for each. */
export const INGRESS_RESULT_TOPIC = 'otp.ingress-result.v1';
/** What operators ask for at run time. */
export const CONTROL_TOPIC = 'otp.control.v1';
/** A cell's minutes, for analysts; see docs/analysts.md. */
export const QUALITY_TOPIC = 'otp.quality.v1';

/** The group that moves plans; its dead-letter topics are made together with the topics it reads. */
export const DISPATCHER_GROUP = 'dispatcher';

/** The group that counts what providers did. */
export const QUALITY_GROUP = 'quality-monitor';

/** The group that takes what platforms emit. */
export const INGEST_GROUP = 'ingest';

/** Where a tenant's platform emits its requests, unless the configuration names another topic. */
export function ingressTopic(tenant: string): string {
  return `otp.ingress.v1.${tenant}`;
}

/** An hour, and not long segments: it may hold addresses in clear. Its producer may be wrong about the time. */
export function ingressTopicSpec(name: string): TopicSpec {
  return {
    name,
    partitions: VERIFICATION_PARTITIONS,
    retentionMs: HOUR_MS,
    segmentMs: SEALED_SEGMENT_MS,
    brokerTime: true,
    storedPlain: true,
    anyPartitions: true,
  };
}

/** The workers, whose jobs come from a queue of this name and not from a topic. */
export const DELIVERY_GROUP = 'delivery';

/** Where a channel's jobs wait: the name of its queue, and what its dead letters name as their origin. */
export function deliveryQueueName(channel: Channel): string {
  return `deliver-${channel}`;
}

export function deadLetterTopic(topic: string, group: string): string {
  return `${topic}.${group}.dead`;
}

const dead = (topic: string, group: string): TopicSpec => ({
  name: deadLetterTopic(topic, group),
  partitions: 1,
  retentionMs: 7 * DAY_MS,
});

const DEAD_JOB_TOPICS: readonly string[] = CHANNELS.map((channel) =>
  deadLetterTopic(deliveryQueueName(channel), DELIVERY_GROUP),
);

/** Whether dead letters are jobs of a queue; else they are records of a topic. */
export function isDeadJobTopic(topic: string): boolean {
  return DEAD_JOB_TOPICS.includes(topic);
}

export const TOPICS: readonly TopicSpec[] = [
  {
    name: REQUEST_TOPIC,
    partitions: VERIFICATION_PARTITIONS,
    retentionMs: 2 * HOUR_MS,
    segmentMs: SEALED_SEGMENT_MS,
    brokerTime: true,
  },
  { name: ATTEMPT_TOPIC, partitions: VERIFICATION_PARTITIONS, retentionMs: 7 * DAY_MS, brokerTime: true },
  { name: RECEIPT_TOPIC, partitions: VERIFICATION_PARTITIONS, retentionMs: 7 * DAY_MS, brokerTime: true },
  { name: CHECK_TOPIC, partitions: VERIFICATION_PARTITIONS, retentionMs: 7 * DAY_MS, brokerTime: true },
  { name: OUTCOME_TOPIC, partitions: VERIFICATION_PARTITIONS, retentionMs: 7 * DAY_MS, brokerTime: true },
  { name: QUALITY_TOPIC, partitions: VERIFICATION_PARTITIONS, retentionMs: 30 * DAY_MS, brokerTime: true },
  { name: INGRESS_RESULT_TOPIC, partitions: VERIFICATION_PARTITIONS, retentionMs: DAY_MS },
  // one partition: all of it is in one order, and a table of some hundred rows is read in one go
  { name: CONTROL_TOPIC, partitions: 1, retentionMs: 7 * DAY_MS, compacted: true, brokerTime: true },
  dead(REQUEST_TOPIC, DISPATCHER_GROUP),
  dead(RECEIPT_TOPIC, DISPATCHER_GROUP),
  ...[ATTEMPT_TOPIC, RECEIPT_TOPIC, OUTCOME_TOPIC].map((topic) => dead(topic, QUALITY_GROUP)),
  ...CHANNELS.map((channel) => dead(deliveryQueueName(channel), DELIVERY_GROUP)),
];
