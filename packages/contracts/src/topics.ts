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
  retentionMs: number;
  segmentMs?: number;
}

export const REQUEST_TOPIC = 'otp.request.v1';
export const ATTEMPT_TOPIC = 'otp.attempt.v1';
export const RECEIPT_TOPIC = 'otp.receipt.v1';
export const CHECK_TOPIC = 'otp.check.v1';
export const OUTCOME_TOPIC = 'otp.outcome.v1';

/** The group that moves plans; its dead-letter topics are made together with the topics it reads. */
export const DISPATCHER_GROUP = 'dispatcher';

export function deadLetterTopic(topic: string, group: string): string {
  return `${topic}.${group}.dead`;
}

const dead = (topic: string, group: string): TopicSpec => ({
  name: deadLetterTopic(topic, group),
  partitions: 1,
  retentionMs: 7 * DAY_MS,
});

export const TOPICS: readonly TopicSpec[] = [
  {
    name: REQUEST_TOPIC,
    partitions: VERIFICATION_PARTITIONS,
    retentionMs: 2 * HOUR_MS,
    segmentMs: SEALED_SEGMENT_MS,
  },
  { name: ATTEMPT_TOPIC, partitions: VERIFICATION_PARTITIONS, retentionMs: 7 * DAY_MS },
  { name: RECEIPT_TOPIC, partitions: VERIFICATION_PARTITIONS, retentionMs: 7 * DAY_MS },
  { name: CHECK_TOPIC, partitions: VERIFICATION_PARTITIONS, retentionMs: 7 * DAY_MS },
  { name: OUTCOME_TOPIC, partitions: VERIFICATION_PARTITIONS, retentionMs: 7 * DAY_MS },
  dead(REQUEST_TOPIC, DISPATCHER_GROUP),
  dead(RECEIPT_TOPIC, DISPATCHER_GROUP),
];
