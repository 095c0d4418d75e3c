import { setTimeout as sleep } from 'node:timers/promises';
import type { LivingProcess, Swept, VerificationStore } from '@watchword/verification';
import type { Logger } from 'pino';
import type { DeadlineWork } from './carry-out-deadlines.ts';
import { rememberOwned } from './own-buckets.ts';
import type { BucketRecoverer } from './recover-buckets.ts';
import type { OrphanShipper } from './ship-orphans.ts';

export interface WatchDeps {
  store: Pick<VerificationStore, 'sweep'>;
  deadlines: DeadlineWork;
  orphans: OrphanShipper;
  recoverer: BucketRecoverer;
  instance: string;
  /** Who is alive, by the last heartbeat. */
  living: () => readonly LivingProcess[];
  pollMs: number;
  log: Logger;
  onLook(figures: { buckets: number; oldestEventMs: number }): void;
}

export interface BucketWatch {
  /** Ms since the last look that came through, for some bucket at least; readiness. */
  sinceLookMs(): number;
  stop(): Promise<void>;
}

/**
 * Looks at every owned bucket, again and again, and hands on what is due and what crashes left in the outbox: a look never
 * waits for either. Dispatchers share the buckets by rendezvous hashing over those with a heartbeat; an overlap while they
 * change is harmless. A bucket that does not answer holds up no other.
 */
export function watchBuckets(deps: WatchDeps): BucketWatch {
  const { deadlines, orphans, log } = deps;
  const stopping = new AbortController();
  const own = rememberOwned(deps.instance);
  let lookedAt = performance.now();
  let failing = false;
  let looks = 0;

  const sweep = async (bucket: number, limits: ReturnType<ReturnType<OrphanShipper['plan']>>): Promise<Swept> => {
    const swept = await deps.store.sweep(bucket, { deadlines: deadlines.wants(bucket), ...limits });
    // at once: an entry that is gone from the outbox by the next reply must still be known as under way
    orphans.take(bucket, swept, limits);
    deadlines.offer(bucket, swept.due);
    deps.recoverer.notice(bucket, swept.recovery, swept.now);
    return swept;
  };

  const look = async (): Promise<void> => {
    const living = deps.living();
    const owned = rotate(own(living), looks++);
    const limitsOf = orphans.plan(owned, living);
    const replies = await Promise.allSettled(owned.map(async (bucket) => sweep(bucket, limitsOf(bucket))));
    const seen = replies.flatMap((reply) => (reply.status === 'fulfilled' ? [reply.value] : []));
    const faults = replies.flatMap((reply) => (reply.status === 'rejected' ? [reply.reason as unknown] : []));
    tell(faults, owned.length);
    if (seen.length === 0 && owned.length > 0) return;
    lookedAt = performance.now();
    const ages = seen.map(({ now, oldestAt }) => now - (oldestAt ?? now));
    deps.onLook({ buckets: owned.length, oldestEventMs: Math.max(0, ...ages) });
  };

  /** Once per outage, however many buckets it takes. */
  const tell = (faults: readonly unknown[], buckets: number): void => {
    if (faults.length > 0 && !failing)
      log.warn({ err: faults[0], failed: faults.length, buckets }, 'deadlines cannot be looked at');
    if (faults.length === 0 && failing) log.info('deadlines are looked at again');
    failing = faults.length > 0;
  };

  const running = repeat(look, deps.pollMs, stopping.signal);
  return {
    sinceLookMs: () => performance.now() - lookedAt,
    async stop() {
      stopping.abort();
      await running;
      await Promise.all([deadlines.stop(), orphans.stop(), deps.recoverer.stop()]);
    },
  };
}

/** Each look begins at another bucket: where there is more to do than is taken, all have their turn. */
function rotate(buckets: readonly number[], by: number): number[] {
  const first = buckets.length === 0 ? 0 : by % buckets.length;
  return [...buckets.slice(first), ...buckets.slice(0, first)];
}

async function repeat(look: () => Promise<void>, pollMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await look();
    await sleep(pollMs, undefined, { signal }).catch(() => undefined); // rejects only when stopped
  }
}
