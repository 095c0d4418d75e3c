import type { RawRecord } from '../driver.ts';
import { settlesWithin } from '../back-off.ts';
import { createOffsetPrefix } from './offset-prefix.ts';

/**
 * The records of one assigned partition: up to `concurrency` at a time, one key strictly in order.
 *
 * While a record meets a fault of the infrastructure, no further record is begun: what failed for one (Redis, Kafka)
 * fails for the next, and the partition waits as a whole. Then the queue fills, and the driver is told to pause it.
 */

/** Above it a fetch waits for room, below half of it more is fetched. A few hundred records keep 64 handlers busy. */
const QUEUE_HIGH = 256;
const QUEUE_LOW = QUEUE_HIGH / 2;
/** How long a fetch waits for room before its partition is paused; short, since it holds up the others. */
const ROOM_WAIT_MS = 200;

export interface PartitionWorkerDeps {
  concurrency: number;
  /** Settles when an earlier worker of this partition has let go of its last record. */
  after: Promise<unknown>;
  process(
    record: RawRecord,
    hooks: { signal: AbortSignal; onFault: () => void },
  ): Promise<'done' | 'dead' | 'abandoned'>;
  onFinished(): void;
  now: () => number;
}

export interface PartitionWorker {
  /**
   * `reset`: the records go back behind what was taken before although nobody rejoined, so the log was cut or made
   * anew; none was taken, and a new worker is needed.
   */
  take(records: readonly RawRecord[], highWatermark: number): 'taken' | 'reset';
  /** Resolves when more may be fetched. Where that takes too long, calls `pause`, and what it returns once there is room. */
  makeRoom(pause: () => () => void): Promise<void>;
  /** After a rejoin fetching starts again at the committed offset: what is known already is skipped. */
  rejoined(): void;
  /** Begins no further record until `rejoined`. */
  hold(): void;
  /** Begins no further record, gives up those that wait for a retry; resolves when the last handler returned. */
  stop(): Promise<void>;
  /** The offset to commit: after the contiguous finished prefix. */
  committable(): number | undefined;
  lag(): number;
  /** Whether there is unfinished work and none was finished for `limitMs`. */
  isStalled(limitMs: number): boolean;
}

export function createPartitionWorker(deps: PartitionWorkerDeps): PartitionWorker {
  const prefix = createOffsetPrefix();
  const stopping = new AbortController();
  const drained = Promise.withResolvers<void>();
  const ready: RawRecord[] = [];
  /** Keys with a record that is begun or ready, and the records behind it. */
  const behind = new Map<string, RawRecord[]>();
  let queued = 0;
  let running = 0;
  let faulty = 0;
  let waiting = true;
  let held = false;
  let replaying = true;
  let taken = -1;
  let highWatermark = 0;
  let progressMs = deps.now();
  let room: PromiseWithResolvers<void> | undefined;
  let resume: (() => void) | undefined;

  void deps.after.then(() => {
    waiting = false;
    pump();
  });

  const mayBegin = (): boolean =>
    !waiting && !held && faulty === 0 && running < deps.concurrency && !stopping.signal.aborted;

  function enqueue(record: RawRecord): void {
    queued++;
    prefix.start(Number(record.offset));
    const line = behind.get(record.key);
    if (line) {
      line.push(record);
      return;
    }
    behind.set(record.key, []);
    ready.push(record);
  }

  function pump(): void {
    while (ready.length > 0 && mayBegin()) {
      running++;
      queued--;
      void work(ready.shift()!);
    }
    if (queued > QUEUE_LOW) return;
    room?.resolve();
    room = undefined;
    resume?.();
    resume = undefined;
  }

  async function work(record: RawRecord): Promise<void> {
    let failed = false;
    const outcome = await deps.process(record, {
      signal: stopping.signal,
      onFault: () => {
        if (!failed) faulty++;
        failed = true;
      },
    });
    if (failed) faulty--;
    running--;
    if (outcome !== 'abandoned') finish(record);
    pump();
    if (stopping.signal.aborted && running === 0) drained.resolve();
  }

  function finish(record: RawRecord): void {
    prefix.finish(Number(record.offset));
    progressMs = deps.now();
    const next = behind.get(record.key)?.shift();
    if (next) ready.push(next);
    else behind.delete(record.key);
    deps.onFinished();
  }

  return {
    take(records, newHighWatermark) {
      if (stopping.signal.aborted) return 'taken';
      const first = Number(records[0]?.offset ?? Number.POSITIVE_INFINITY);
      if (!replaying && first <= taken) return 'reset';
      highWatermark = newHighWatermark;
      if (prefix.unfinished() === 0) progressMs = deps.now();
      for (const record of records) {
        if (Number(record.offset) <= taken) continue;
        replaying = false;
        taken = Number(record.offset);
        enqueue(record);
      }
      pump();
      return 'taken';
    },
    async makeRoom(pause) {
      if (queued < QUEUE_HIGH || stopping.signal.aborted) return;
      room ??= Promise.withResolvers<void>();
      await settlesWithin(room.promise, ROOM_WAIT_MS);
      if (room && !stopping.signal.aborted) resume = pause();
    },
    rejoined() {
      replaying = true;
      held = false;
      pump();
    },
    hold() {
      held = true;
    },
    async stop() {
      stopping.abort();
      room?.resolve();
      if (running > 0) await drained.promise;
      await deps.after;
    },
    committable: () => prefix.next(),
    lag: () => Math.max(0, highWatermark - (prefix.next() ?? Math.max(0, taken + 1 - prefix.unfinished()))),
    isStalled: (limitMs) => prefix.unfinished() > 0 && deps.now() - progressMs > limitMs,
  };
}
