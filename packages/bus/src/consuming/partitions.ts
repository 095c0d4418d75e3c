import type { Assignment, ConsumerLife, RecordBatch } from '../driver.ts';
import type { PartitionWorker } from './partition-worker.ts';

export interface PartitionsDeps {
  /** `after` settles when the worker that had this partition before has let go of its last record. */
  createWorker(topic: string, partition: number, after: Promise<unknown>): PartitionWorker;
  onReset(topic: string, partition: number): void;
}

export interface Partitions {
  joined(memberId: string, assignments: readonly Assignment[]): void;
  rebalancing(): void;
  records(batch: RecordBatch): Promise<void>;
  /** Commits every finished prefix that has moved. One at a time; rejects when Kafka refuses. */
  commit(life: ConsumerLife): Promise<void>;
  /** The member is gone: nothing of it may be committed any more. */
  abandon(): void;
  /** Begins nothing more; resolves when every handler returned. What they finished can still be committed. */
  stop(): Promise<void>;
  lags(): { topic: string; lag: number }[];
  /** Of the partition that has stood still longest. */
  sinceProgressMs(): number;
}

interface Owned {
  topic: string;
  partition: number;
  worker: PartitionWorker;
  committed: number | undefined;
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;

/**
 * The partitions that this member owns, across rebalances and lives.
 *
 * kafkajs shares partitions eagerly: after every rebalance fetching restarts at the committed offsets, also of the
 * partitions that stay. Their workers stay too and skip what they know. A member that comes back under another id was
 * away in between, others may have gone on with its partitions: all its workers are made anew. Before a new worker
 * begins, the handlers of the old one must have returned, or two could work on one key.
 */
export function createPartitions(deps: PartitionsDeps): Partitions {
  const owned = new Map<string, Owned>();
  const leaving = new Map<string, Promise<void>>();
  let member: string | undefined;
  let stopped = false;

  function own(topic: string, partition: number): Owned {
    const key = keyOf(topic, partition);
    const worker = deps.createWorker(topic, partition, leaving.get(key) ?? Promise.resolve());
    const entry = { topic, partition, worker, committed: undefined };
    owned.set(key, entry);
    return entry;
  }

  function lose(key: string, entry: Owned): void {
    owned.delete(key);
    const gone = entry.worker.stop().then(() => {
      if (leaving.get(key) === gone) leaving.delete(key);
    });
    leaving.set(key, gone);
  }

  function abandon(): void {
    for (const [key, entry] of owned) lose(key, entry);
    member = undefined;
  }

  return {
    joined(memberId, assignments) {
      if (memberId !== member) abandon();
      member = memberId;
      const assigned = new Set(assignments.flatMap(({ topic, partitions }) => partitions.map((p) => keyOf(topic, p))));
      for (const [key, entry] of owned) if (!assigned.has(key)) lose(key, entry);
      for (const entry of owned.values()) entry.worker.rejoined();
      if (stopped) return;
      for (const { topic, partitions } of assignments)
        for (const partition of partitions) if (!owned.has(keyOf(topic, partition))) own(topic, partition);
    },
    rebalancing() {
      for (const { worker } of owned.values()) worker.hold();
    },
    async records({ topic, partition, records, highWatermark, pause }) {
      const key = keyOf(topic, partition);
      let entry = owned.get(key);
      if (!entry) return;
      if (entry.worker.take(records, highWatermark) === 'reset') {
        deps.onReset(topic, partition);
        lose(key, entry);
        entry = own(topic, partition);
        entry.worker.take(records, highWatermark);
      }
      await entry.worker.makeRoom(pause);
    },
    async commit(life) {
      const moved = [...owned.values()].flatMap((entry) => {
        const next = entry.worker.committable();
        return next === undefined || next === entry.committed ? [] : [{ entry, next }];
      });
      if (moved.length === 0) return;
      await life.commit(
        moved.map(({ entry: { topic, partition }, next }) => ({ topic, partition, offset: String(next) })),
      );
      for (const { entry, next } of moved) entry.committed = next;
    },
    abandon,
    async stop() {
      stopped = true;
      await Promise.all([...[...owned.values()].map(({ worker }) => worker.stop()), ...leaving.values()]);
    },
    lags: () => [...owned.values()].map(({ topic, worker }) => ({ topic, lag: worker.lag() })),
    sinceProgressMs: () => Math.max(0, ...[...owned.values()].map(({ worker }) => worker.sinceProgressMs())),
  };
}
