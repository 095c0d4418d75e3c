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
/** Orphaned events shipped at the same time; while Kafka is away each waits for its time-out. */
const SHIPPED_AT_ONCE = 1_000;
/** An outbox entry older than this is shipped by the sweep, whoever made it. */
const OUTBOX_AGE_MAX_MS = 30_000;

export interface WatchDeps {
  store: VerificationStore;
  outbox: OutboxPublisher;
  move: Mover;
  instance: string;
  /** Who is alive, by the last heartbeat. */
  living: () => readonly LivingProcess[];
  pollMs: number;
  log: Logger;
  onLook(figures: { buckets: number; due: number; waiting: number; oldestEventMs: number }): void;
}

export interface BucketWatch {
  /** Ms since the last look that came through; readiness. */
  sinceLookMs(): number;
  stop(): Promise<void>;
}

/**
 * Looks at every owned bucket in turn, for ever: moves what is due, ships what crashes left in the outbox. Dispatchers share
 * the buckets by rendezvous hashing over those with a heartbeat; an overlap while they change is harmless.
 */
export function watchBuckets(deps: WatchDeps): BucketWatch {
  const stopping = new AbortController();
  const own = rememberOwned(deps.instance);
  let lookedAt = performance.now();
  const moving = new Set<string>();

  const look = async (): Promise<void> => {
    const living = deps.living();
    const owned = own(living);
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
    // deadlines never wait for Kafka
    if (deps.outbox.inFlight() < SHIPPED_AT_ONCE) deps.outbox.ship(orphans.slice(0, SHIPPED_AT_ONCE));
    await moveAll(deps, moving, [...due]);
  };
  const running = repeat(deps, look, stopping.signal);
  return {
    sinceLookMs: () => performance.now() - lookedAt,
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

/** The buckets are shared anew only when the dispatchers change. */
function rememberOwned(mine: string): (living: readonly LivingProcess[]) => number[] {
  let known = '';
  let owned = ownedBuckets(mine, [], BUCKETS);
  return (living) => {
    const dispatchers = living.filter(({ role }) => role === 'dispatcher').map(({ instance }) => instance);
    const now = dispatchers.join('|');
    if (now !== known) {
      known = now;
      owned = ownedBuckets(mine, dispatchers, BUCKETS);
    }
    return owned;
  };
}

/** Looks every `pollMs` until stopped; a fault of Redis is told once per outage. */
async function repeat({ log, pollMs }: WatchDeps, look: () => Promise<void>, signal: AbortSignal): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    try {
      await look();
      if (failing) log.info('deadlines are looked at again');
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'deadlines cannot be looked at');
      failing = true;
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined); // rejects only when stopped
  }
}
