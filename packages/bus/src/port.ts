import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { TopicSpec } from '@watchword/contracts';

/** What CloudEvents 1.0 calls the context attributes of an event. */
export interface EventEnvelope {
  /** Unique for the event; a retry of the same event keeps it, consumers drop repeats by it. */
  id: string;
  type: string;
  source: string;
  subject: string;
  /** ISO 8601 with milliseconds */
  time: string;
  /** W3C trace context */
  traceparent?: string;
}

export interface OutgoingEvent {
  topic: string;
  /** Events with the same key stay in order. */
  key: string;
  envelope: EventEnvelope;
  /** JSON text */
  data: string;
}

/** A record as Kafka stores it, under whatever headers: a dead letter, or one that is put back. */
export interface BareRecord {
  topic: string;
  /** Records with the same key stay in order. */
  key: string;
  value: string | Buffer;
  headers: Record<string, string>;
}

/** A record as it came. */
export interface IncomingRecord {
  topic: string;
  partition: number;
  offset: string;
  /** The broker's or the producer's clock, as the topic is configured; milliseconds since 1970. */
  timestampMs: number;
  /** Empty where the record has none. */
  key: string;
  /** The bytes as they came; empty for a tombstone of a compacted topic. */
  value: Buffer;
  /** All headers as text; of a repeated one the last. */
  headers: Record<string, string>;
}

export interface IncomingEvent extends IncomingRecord {
  envelope: EventEnvelope;
}

export interface SubscribeOptions {
  /** Names the consumer group; its members share the partitions. */
  group: string;
  topics: string[];
  /**
   * Carries out one record. Resolving means that its effect is durable: only then may its offset be committed.
   * A `BaseError` with `retry: true` is a fault of the infrastructure: the record is tried again, with back-off, until it
   * works, and its key waits meanwhile; with the code OTP_INGRESS_WAITING on purpose, so that `health` does not take
   * it for stuck. One with `retry: false` sends the record to `<topic>.<group>.dead`, with its
   * code as the header `x-reason` (of OTP_BUS_UNPARSABLE the message, which must hold nothing of the record). Any other
   * throw is a bug: tried 20 times within about a minute, then dead as well, with the error's name as the reason.
   */
  handle: (event: IncomingEvent) => Promise<void>;
  /** Default: a record without CloudEvents' attributes is unparsable. */
  envelope?: 'cloudevents';
  /** Records of one partition handled at the same time; same key strictly in order, none without a key. Default 64. */
  concurrency?: number;
  /** Records of one key do not wait for one another: all are begun in the order of their partition. Default false. */
  anyOrder?: boolean;
}

/**
 * A subscription to records that others write, with or without CloudEvents' attributes: `handle` gets them as they came.
 * A dead letter of theirs names topic, partition and offset, and holds neither key, value nor headers.
 */
export interface RawSubscribeOptions extends Omit<SubscribeOptions, 'envelope' | 'handle'> {
  envelope: 'none';
  handle: (record: IncomingRecord) => Promise<void>;
}

export interface Subscription {
  /** Resolves when the group has been joined for the first time. Rejects with OTP_BUS_CLOSED when stopped before. */
  joined(): Promise<void>;
  /**
   * Stops the intake, lets handlers finish, commits, leaves the group. The first three within `deadlineMs` (default
   * 10,000, of which the last 2,000 are for the commit); a Kafka that does not answer adds 5 s at most.
   */
  stop(deadlineMs?: number): Promise<void>;
}

export interface BusHealth {
  /** Time since some broker's last answer. They are asked four times a second, each for half a second. */
  brokersSilentMs: number;
  producer: {
    /** Age of the oldest message that Kafka has not acknowledged; 8-12 s is normal when a leader dies. */
    oldestUnackedMs: number;
    /** It has been, since it was made: one that nobody has answered for 10 s is made anew. A leader's death alone changes nothing. */
    connected: boolean;
  };
  consumers: {
    group: string;
    /** Joined, and neither crashed nor stopped. */
    running: boolean;
    /** Time since the last heartbeat that the group's coordinator answered. */
    lastHeartbeatMs: number;
    /** Time since the last finished or purposely waiting record of a partition that has unfinished ones, the longest of all; else 0. */
    sinceProgressMs: number;
    /**
     * Age of the oldest call of the handler that has not returned; 0 where none runs. After 45 s it is logged and
     * counted. It is never given up, since its effect may still come: who wants to go on ends the process.
     */
    oldestHandlerMs: number;
  }[];
}

export interface ReadOptions {
  /** Those that do not exist hold nothing, unless `mustExist` says otherwise. */
  topics: string[];
  /**
   * Whether a topic that this client does not see (not made, or without the right to describe it) is a fault: it is looked for
   * again for 30 s, then the read fails. Default false.
   */
  mustExist?: boolean;
  /** Milliseconds since 1970, compared with the records' timestamps. */
  fromMs: number;
  /**
   * Carries out one record. A `BaseError` with `retry: true` is tried again, with back-off; one with `retry: false`, and
   * anything else thrown five times, is skipped and counted, with one warning for the whole read.
   */
  handle: (event: IncomingEvent) => Promise<void>;
  /** Default: a record without CloudEvents' attributes is skipped. */
  envelope?: 'cloudevents';
  /** Records handled at the same time, of all partitions together; same key of one partition in order. Default 512. */
  concurrency?: number;
  /** At most four times a second, and at the end. `total` is an upper bound where logs have gaps. */
  onProgress?: (progress: { read: number; total: number }) => void;
  /** Gives up with OTP_BUS_CLOSED. */
  signal?: AbortSignal;
}

/** A read of records that are no events, such as dead letters: `handle` gets them as they came. */
export interface RawReadOptions extends Omit<ReadOptions, 'envelope' | 'handle'> {
  envelope: 'none';
  handle: (record: IncomingRecord) => Promise<void>;
}

export interface PublishOptions {
  /** Default 10,000; at most 30,000. */
  timeoutMs?: number;
}

/** A way to Kafka. Topic and group names are bare; the prefixes of the configuration are applied inside. */
export interface Bus {
  /**
   * Resolves when all in-sync replicas have the event. Rejects with a BaseError:
   * OTP_BUS_FULL (at once: too much is waiting), OTP_BUS_TIMEOUT (unknown: it may still land), OTP_BUS_UNAVAILABLE (it
   * has not landed: Kafka refused it, or could not be reached before it was handed over), OTP_BUS_CLOSED.
   */
  publish(event: OutgoingEvent, options?: PublishOptions): Promise<void>;
  /** As `publish`, for a record that is no event, or one that was read before and is published as it was. */
  publishRecord(record: BareRecord, options?: PublishOptions): Promise<void>;
  /** Never fails because Kafka is away: it goes on trying until stopped. */
  subscribe(options: SubscribeOptions | RawSubscribeOptions): Promise<Subscription>;
  /**
   * Reads every partition of the topics from the first record at or after `fromMs` to the end that it had when the
   * reading began, and resolves when all of it is handled: `records` were, `skipped` cannot be. Of no group, and nothing
   * is committed. What retention deletes meanwhile is left out. Rejects with OTP_BUS_UNAVAILABLE (`retry: true`) when
   * Kafka is away or nothing was read or handled for 30 s, with OTP_BUS_CLOSED when given up; a handler that runs then is
   * not waited for.
   */
  read(options: ReadOptions | RawReadOptions): Promise<{ records: number; skipped: number }>;
  /**
   * Creates what is missing and leaves what exists as it is. Rejects with OTP_BUS_TOPIC_MISMATCH when a topic exists
   * with another number of partitions, OTP_BUS_UNAVAILABLE when Kafka refuses or is away.
   */
  createTopics(specs: readonly TopicSpec[], options?: { replicationFactor?: number }): Promise<void>;
  /** Every topic of this deployment (with its prefix), bare. Rejects with OTP_BUS_UNAVAILABLE when Kafka is away. */
  listTopics(): Promise<string[]>;
  health(): BusHealth;
  /**
   * Stops consumers (handlers may still publish), drains what waits for Kafka, disconnects. `deadlineMs` (default
   * 10,000) is for the first two together; what is not acknowledged by then is answered OTP_BUS_TIMEOUT or
   * OTP_BUS_CLOSED. A Kafka that does not answer adds 5 s for each of consumers and producer at most.
   */
  close(deadlineMs?: number): Promise<void>;
}

export interface BusConfig {
  brokers: string[];
  clientId: string;
  /** Put before every topic name, so that several deployments or tests can share one Kafka. */
  topicPrefix?: string;
  groupPrefix?: string;
  ssl?: boolean | { ca?: string; cert?: string; key?: string; servername?: string };
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
}

export interface BusDeps {
  log: Logger;
  metrics?: Registry;
  /** Milliseconds since 1970. Default Date.now. */
  now?: () => number;
}
