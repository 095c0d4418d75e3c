import type { RawRecord } from '../driver.ts';
import { settlesWithin } from '../back-off.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import { createOffsetPrefix } from './offset-prefix.ts';
import { createTrouble } from './trouble.ts';

/** Above it a fetch waits for room, below half of it more is fetched. A few hundred records keep 64 handlers busy. */
export const QUEUE_HIGH = 256;
const QUEUE_LOW = QUEUE_HIGH / 2;
/** How long a fetch waits for room before its partition is paused; short, since it holds up the others. */
const ROOM_WAIT_MS = 200;
/**
 * How far others may get ahead of a record whose handler does not return, or meets faults: what a crash would repeat, and what is
 * remembered of offsets meanwhile (some 2 MB). A partition of 500 records a second stands still after 20 s.
 */
export const SPAN_MAX = 10_000;

export interface PartitionWorkerDeps {
  concurrency: number;
  /** Records of one key need not wait for one another: they begin in the order of the log, whatever their keys. */
  anyOrder?: boolean;
  /** Settles when an earlier worker of this partition has let go of its last record. */
  after: Promise<unknown>;
  /** Must not reject. `onFault` is called at every failed try; `waits`: it waits on purpose, for what no new process brings sooner. */
  process(
    record: RawRecord,
    hooks: { signal: AbortSignal; onFault: (waits?: boolean) => void },
  ): Promise<'done' | 'dead' | 'abandoned'>;
  onFinished(): void;
  now: () => number;
  random: () => number;
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
  /** Since a record was last finished, or waited on purpose, while others wait; 0 where none does. */
  sinceProgressMs(): number;
}

/**
 * The records of one assigned partition: up to `concurrency` at a time, one key strictly in order unless any order will do.
 *
 * A record that meets a fault of the infrastructure is set aside, with its key, and takes none of the places: others go on, for
 * what is away may be away for it alone (one master of a Cluster). Where it is away for all of them, fewer and fewer are
 * begun; then the queue fills, and the partition is paused.
 */
export function createPartitionWorker(deps: PartitionWorkerDeps): PartitionWorker {
  const runner = createRunner(deps);
  const { prefix, stopping } = runner;
  let replaying = true;
  let taken = -1;
  let highWatermark = 0;

  return {
    take(records, newHighWatermark) {
      if (stopping.signal.aborted) return 'taken';
      const first = Number(records[0]?.offset ?? Number.POSITIVE_INFINITY);
      if (!replaying && first <= taken) return 'reset';
      highWatermark = newHighWatermark;
      for (const record of records) {
        if (Number(record.offset) <= taken) continue;
        replaying = false;
        taken = Number(record.offset);
        runner.add(record);
      }
      runner.pump();
      return 'taken';
    },
    makeRoom: (pause) => runner.makeRoom(pause),
    rejoined() {
      replaying = true;
      runner.hold(false);
    },
    hold: () => runner.hold(true),
    async stop() {
      stopping.abort();
      runner.pump();
      if (runner.running() > 0) await runner.drained;
      await deps.after;
    },
    committable: () => prefix.next(),
    lag: () => highWatermark - (prefix.firstUnfinished() ?? highWatermark),
    sinceProgressMs: () => (prefix.unfinished() > 0 ? deps.now() - runner.progressMs() : 0),
  };
}

/** What begins and finishes records, and knows whether there is room for more. */
function createRunner(deps: PartitionWorkerDeps) {
  const queue = createKeyedQueue<RawRecord>(({ key }) => (deps.anyOrder ? '' : key));
  const prefix = createOffsetPrefix();
  const stopping = new AbortController();
  const drained = Promise.withResolvers<void>();
  let waiting = true;
  let held = false;
  let running = 0;
  let progressMs = deps.now();
  let room: PromiseWithResolvers<void> | undefined;
  let resume: (() => void) | undefined;

  const trouble = createTrouble({ onMayBegin: () => pump(), random: deps.random });

  void deps.after.then(() => {
    waiting = false;
    pump();
  });

  const mayBegin = (): boolean =>
    !waiting &&
    !held &&
    trouble.mayBegin() &&
    running - trouble.count() < deps.concurrency &&
    prefix.span() - queue.waiting() <= SPAN_MAX &&
    !stopping.signal.aborted;

  function pump(): void {
    while (mayBegin()) {
      const record = queue.begin();
      if (!record) break;
      running++;
      trouble.begun();
      void work(record);
    }
    if (queue.waiting() > QUEUE_LOW && !stopping.signal.aborted) return;
    room?.resolve();
    room = undefined;
    resume?.();
    resume = undefined;
  }

  async function work(record: RawRecord): Promise<void> {
    let failed = false;
    const onFault = (waits = false): void => {
      if (!failed) trouble.began();
      failed = true;
      if (waits) progressMs = deps.now();
      pump();
    };
    const outcome = await deps.process(record, { signal: stopping.signal, onFault });
    if (failed) trouble.ended();
    running--;
    if (outcome !== 'abandoned') {
      trouble.succeeded();
      progressMs = deps.now();
      prefix.finish(Number(record.offset));
      queue.done(record);
      deps.onFinished();
    }
    pump();
    if (stopping.signal.aborted && running === 0) drained.resolve();
  }

  return {
    prefix,
    stopping,
    drained: drained.promise,
    running: () => running,
    progressMs: () => progressMs,
    pump,
    add(record: RawRecord): void {
      if (prefix.unfinished() === 0) progressMs = deps.now();
      prefix.start(Number(record.offset));
      queue.push(record);
    },
    hold(value: boolean): void {
      held = value;
      pump();
    },
    async makeRoom(pause: () => () => void): Promise<void> {
      if (queue.waiting() < QUEUE_HIGH || stopping.signal.aborted) return;
      room ??= Promise.withResolvers<void>();
      await settlesWithin(room.promise, ROOM_WAIT_MS);
      if (room) resume = pause();
    },
  };
}
