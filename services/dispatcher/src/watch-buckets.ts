import { setTimeout as sleep } from 'node:timers/promises';
import { BUCKETS, type LivingProcess, type OutboxPublisher, type VerificationStore } from '@watchword/verification';
import type { Logger } from 'pino';
import type { Mover } from './move-verification.ts';
import { ownedBuckets } from './own-buckets.ts';

/** What one look at one bucket takes at most; what is left is due at the next look. */
const DEADLINES_PER_LOOK = 200;
const EVENTS_PER_LOOK = 200;
/** Verifications moved at the same time because of deadlines. */
const MOVES_AT_ONCE = 64;
/** An outbox entry older than this is shipped by the sweep, whoever made it. */
const OUTBOX_AGE_MAX_MS = 30_000;

export interface WatchDeps {
  store: VerificationStore;
  outbox: OutboxPublisher;
  move: Mover;
  instance: string;
  /** Says that this process is alive, and who else is. */
  beat(): Promise<LivingProcess[]>;
  pollMs: number;
  heartbeatMs: number;
  log: Logger;
  onLook(figures: { buckets: number; due: number; waiting: number; oldestEventMs: number }): void;
}

export interface BucketWatch {
  /** Ms since the last look that came through; readiness. */
  sinceLookMs(): number;
  owned(): number;
  stop(): Promise<void>;
}

/**
 * Looks at every owned bucket in turn, for ever: moves what is due, ships what crashes left in the outbox. Dispatchers share
 * the buckets by rendezvous hashing over those with a heartbeat; an overlap while they change is harmless.
 */
export function watchBuckets(deps: WatchDeps): BucketWatch {
  const stopping = new AbortController();
  let living: LivingProcess[] = [];
  let owned: number[] = [];
  let lookedAt = performance.now();
  const moving = new Set<string>();

  const heartbeat = async (): Promise<void> => {
    living = await deps.beat();
    const dispatchers = living.filter(({ role }) => role === 'dispatcher').map(({ instance }) => instance);
    owned = ownedBuckets(deps.instance, dispatchers, BUCKETS);
  };
  const look = async (): Promise<void> => {
    const seen = await Promise.all(
      owned.map(async (bucket) => deps.store.sweep(bucket, { deadlines: DEADLINES_PER_LOOK, events: EVENTS_PER_LOOK })),
    );
    lookedAt = performance.now();
    const alive = new Set(living.map(({ instance }) => instance));
    const now = seen[0]?.now ?? 0;
    const waiting = seen.flatMap((bucket) => bucket.waiting);
    const due = new Set(seen.flatMap((bucket) => bucket.due.map(({ id }) => id)));
    const age = (at: string | undefined): number => now - Number(at);
    const oldestEventMs = Math.max(0, ...waiting.map(({ fields }) => age(fields.get('at'))));
    deps.onLook({ buckets: owned.length, due: due.size, waiting: waiting.length, oldestEventMs });
    const orphans = waiting.filter(
      ({ fields }) => !alive.has(fields.get('owner') ?? '') || age(fields.get('at')) > OUTBOX_AGE_MAX_MS,
    );
    await Promise.all([moveAll(deps, moving, [...due]), ...orphans.map(async (entry) => deps.outbox.shipOne(entry))]);
  };
  const running = Promise.all([
    repeat(deps, 'heartbeat', heartbeat, deps.heartbeatMs, stopping.signal),
    repeat(deps, 'look', look, deps.pollMs, stopping.signal),
  ]);
  return {
    sinceLookMs: () => performance.now() - lookedAt,
    owned: () => owned.length,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function moveAll(deps: WatchDeps, moving: Set<string>, ids: string[]): Promise<void> {
  const queue = ids.filter((id) => !moving.has(id));
  const worker = async (): Promise<void> => {
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      moving.add(id);
      try {
        await deps.move(id, 'deadline');
      } catch (error) {
        // it stays due: the next look tries again
        deps.log.warn({ err: error, verification: id }, 'a deadline could not be carried out');
      } finally {
        moving.delete(id);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(MOVES_AT_ONCE, queue.length) }, worker));
}

/** Runs a task every `everyMs` until stopped; a fault of Redis is told once per outage. */
async function repeat(
  { log }: WatchDeps,
  name: string,
  task: () => Promise<void>,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    try {
      await task();
      if (failing) log.info({ task: name }, 'works again');
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error, task: name }, 'does not work');
      failing = true;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined); // rejects only when stopped
  }
}
