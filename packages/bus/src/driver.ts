import type { TopicSpec } from '@watchword/contracts';

/**
 * What a Kafka client must do for the bus. Everything that decides (lanes, order, retries, commits, supervision) is
 * above this line; a client is one folder that implements `Driver`. Names here are full: prefixes are applied.
 */
export interface Driver {
  sender: Sender;
  /** Rejects when the topic does not exist or Kafka cannot be reached. */
  partitionCount(topic: string): Promise<number>;
  createTopics(specs: readonly TopicSpec[], replicationFactor: number | undefined): Promise<void>;
  /** All that the client may see. */
  listTopics(): Promise<string[]>;
  /** Starts one life of a group member; a life that crashed, or never reached Kafka, is not revived. */
  startConsumer(options: ConsumerOptions, events: ConsumerEvents): ConsumerLife;
  /**
   * A connection of its own that reads by offset, without a group. Topics that do not exist are left out. Rejects when
   * Kafka cannot be reached.
   */
  openReader(topics: readonly string[], options?: { mustExist?: boolean | undefined }): Promise<Reader>;
}

export interface OutgoingRecord {
  key: string;
  /** null: a tombstone */
  value: string | Buffer | null;
  headers: Record<string, string>;
}

export type SendResult =
  | { outcome: 'acknowledged' }
  /** Kafka said no, for good: nothing of the batch has landed, and trying again would not help. */
  | { outcome: 'refused'; reason: string }
  /** It may have landed. The same batch, in the same order, must be sent again, or else `renew` must be called. */
  | { outcome: 'unknown'; reason: string };

export interface Sender {
  /** Sends one batch to one partition; never two at a time to the same one. Never rejects. */
  send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<SendResult>;
  /**
   * From now on a new producer id. Needed when a batch of unknown outcome is given up: its sequence numbers would be
   * used again, and the broker would take the next batch for a repeat of it and drop it, acknowledged.
   */
  renew(): void;
  connected(): boolean;
  close(): Promise<void>;
}

export interface RawRecord {
  offset: string;
  timestampMs: number;
  key: string;
  /** null: a tombstone */
  value: Buffer | null;
  headers: Record<string, string>;
}

export interface RecordBatch {
  topic: string;
  partition: number;
  /** The offset that the next record of the partition will get. */
  highWatermark: number;
  records: readonly RawRecord[];
  /** Fetches no more of this partition until what it returns is called. Ends by itself when the group rejoins. */
  pause: () => () => void;
}

export interface ConsumerOptions {
  group: string;
  topics: readonly string[];
  /** Who this process was in the group before, and is no longer: the group need not wait for it. */
  formerMember?: string | undefined;
}

export interface Assignment {
  topic: string;
  partitions: readonly number[];
}

/** What a driver tells the subscription. None of these may throw; `records` may not reject. */
export interface ConsumerEvents {
  /** Whatever was assigned before and is not in here is lost. Fetching restarts at the committed offsets. */
  joined(memberId: string, assignments: readonly Assignment[]): void;
  /** The group is about to share its partitions anew. */
  rebalancing(): void;
  /** Takes the records over and resolves soon (200 ms at most): the next fetch waits for it. */
  records(batch: RecordBatch): Promise<void>;
  heartbeat(): void;
}

export interface ConsumerLife {
  /** Resolves when this life is over, whether it crashed or was closed. */
  ended: Promise<{ reason: string }>;
  /** `offset` is the next one to be read. Tries once: a commit must not be repeated after a rebalance. */
  commit(offsets: readonly { topic: string; partition: number; offset: string }[]): Promise<void>;
  /** Leaves the group and disconnects; bounded in time. */
  close(): Promise<void>;
}

export interface Position {
  topic: string;
  partition: number;
  /** The next offset to be read. */
  offset: number;
}

export interface PartitionRange {
  topic: string;
  partition: number;
  from: number;
  /** The offset that the next record will get; as `from` where there is nothing to read. */
  end: number;
}

export interface ReadBatch {
  topic: string;
  partition: number;
  records: readonly RawRecord[];
  /** The offset to go on at; more than the last record's plus one where something behind it is no record. */
  next: number;
}

export interface Reader {
  /** Every partition of the topics, from its first record at or after `fromMs` to its present end. */
  ranges(fromMs: number): Promise<PartitionRange[]>;
  /**
   * What the leaders give at these positions: some of them may come back with less than there is, or not at all. Rejects
   * where a leader has moved or an offset has left the log: another reader is needed then.
   *
   * @param waitMs how long a leader waits for a first record where there is none yet; default 250
   */
  fetch(positions: readonly Position[], waitMs?: number): Promise<ReadBatch[]>;
  /** Bounded in time. Never rejects. */
  close(): Promise<void>;
}
