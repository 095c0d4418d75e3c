import type { Logger } from 'pino';
import { BaseError } from '@watchword/contracts';
import { backOffMs, pause } from '../back-off.ts';
import type { RawRecord, Reader } from '../driver.ts';
import { createCursor, type Cursor } from './cursor.ts';
import { createOrderedPool, type OrderedPool } from './ordered-pool.ts';

/** Keeps a pipelining Redis connection full. */
const CONCURRENCY_DEFAULT = 512;
/** More is fetched only while fewer records wait: with those of one fetch of each broker, what is held in memory. */
const WAITING_MAX = 4_096;
/** Longer than a leader's death (8-12 s), and about what a request to a broker that hangs can take twice. */
export const STALL_MAX_MS = 30_000;
/** Fine enough against 30 s. */
const STALL_POLL_MS = 500;
/** A leader moves in a second or two, and a recovery waits for it. */
const RETRY = { firstMs: 100, maxMs: 2_000 };
/** Smooth for who watches, and nothing beside thousands of records a second. */
const PROGRESS_INTERVAL_MS = 250;

export interface ReadTopicsOptions {
  /** Full names. */
  topics: readonly string[];
  fromMs: number;
  concurrency?: number | undefined;
  onProgress?: ((progress: { read: number; total: number }) => void) | undefined;
  /** Gives up: rejects with OTP_BUS_CLOSED. */
  signal: AbortSignal;
}

export interface ReadTopicsDeps {
  openReader(topics: readonly string[]): Promise<Reader>;
  /** One record to its end, as `processRecord`. Must not reject. */
  process(
    record: RawRecord,
    from: { topic: string; partition: number },
    signal: AbortSignal,
  ): Promise<'done' | 'dead' | 'abandoned'>;
  log: Logger;
  now: () => number;
  random: () => number;
}

interface Item {
  key: string;
  topic: string;
  partition: number;
  record: RawRecord;
}

/** What `Bus.read` promises, over any driver. `records` are those handled, `skipped` those that cannot be. */
export async function readTopics(
  options: ReadTopicsOptions,
  deps: ReadTopicsDeps,
): Promise<{ records: number; skipped: number }> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const cursor = createCursor();
  const counts = { records: 0, skipped: 0 };
  let movedMs = deps.now();
  let toldMs = deps.now();
  let changed = Promise.withResolvers<void>();
  let lastFault: unknown;

  function tell(force: boolean): void {
    if (!force && deps.now() - toldMs < PROGRESS_INTERVAL_MS) return;
    toldMs = deps.now();
    const read = Math.min(cursor.total(), counts.records + counts.skipped);
    options.onProgress?.({ read: force ? cursor.total() : read, total: cursor.total() });
  }

  const pool = createOrderedPool<Item>({
    concurrency: options.concurrency ?? CONCURRENCY_DEFAULT,
    async work({ record, topic, partition }) {
      const outcome = await deps.process(record, { topic, partition }, signal);
      if (outcome === 'done') counts.records++;
      if (outcome === 'dead') counts.skipped++;
    },
    onDone() {
      movedMs = deps.now();
      changed.resolve();
      tell(false);
    },
  });

  async function untilDone(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      changed = Promise.withResolvers<void>();
      await changed.promise;
    }
  }

  async function work(): Promise<void> {
    await fetchToEnd(cursor, pool, {
      open: () => deps.openReader(options.topics),
      fromMs: options.fromMs,
      room: () => untilDone(() => signal.aborted || pool.waiting() < WAITING_MAX),
      onMoved: () => (movedMs = deps.now()),
      onFault(error) {
        if (lastFault === undefined) deps.log.warn({ error: messageOf(error) }, 'reading topics: will be tried again');
        lastFault = error;
      },
      signal,
      random: deps.random,
    });
    await untilDone(() => pool.unfinished() === 0);
  }

  async function watch(): Promise<void> {
    while (!signal.aborted && deps.now() - movedMs <= STALL_MAX_MS) await pause(STALL_POLL_MS, signal);
    if (options.signal.aborted) throw new BaseError('OTP_BUS_CLOSED', 'the read was given up', { retry: false });
    if (over.signal.aborted) return;
    const why = lastFault === undefined ? '' : `; Kafka: ${messageOf(lastFault)}`;
    throw new BaseError('OTP_BUS_UNAVAILABLE', `nothing was read or handled for ${STALL_MAX_MS} ms${why}`, {
      retry: true,
    });
  }

  try {
    await Promise.race([work(), watch()]);
    tell(true);
    return counts;
  } finally {
    over.abort();
    pool.stop();
    // who waits for room looks again, and closes the reader
    changed.resolve();
  }
}

interface FetchDeps {
  open(): Promise<Reader>;
  fromMs: number;
  /** Resolves when more may be taken. */
  room(): Promise<void>;
  onMoved(): void;
  onFault(error: unknown): void;
  signal: AbortSignal;
  random: () => number;
}

/** Fetches until every partition is at its end, by a new reader after every fault. */
async function fetchToEnd(cursor: Cursor, pool: OrderedPool<Item>, deps: FetchDeps): Promise<void> {
  for (let attempt = 0; !deps.signal.aborted; attempt++) {
    let reader: Reader | undefined;
    try {
      reader = await deps.open();
      if (cursor.isPlaced()) {
        // Everything is younger than 0: the ranges of what the log still holds. No progress: a Kafka that tells them and
        // refuses every fetch would never be given up.
        cursor.clamp(await reader.ranges(0));
      } else {
        cursor.place(await reader.ranges(deps.fromMs));
        deps.onMoved();
      }
      while (!deps.signal.aborted) {
        const positions = cursor.open();
        if (positions.length === 0) return;
        await deps.room();
        for (const batch of await reader.fetch(positions)) {
          const { records, moved } = cursor.take(batch);
          if (moved) deps.onMoved();
          if (moved) attempt = 0;
          const { topic, partition } = batch;
          for (const record of records)
            pool.add({ key: `${topic}/${partition}/${record.key}`, topic, partition, record });
        }
      }
    } catch (error) {
      deps.onFault(error);
    } finally {
      void reader?.close();
    }
    await pause(backOffMs(attempt, RETRY, deps.random()), deps.signal);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
