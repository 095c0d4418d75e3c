import { setTimeout as sleep } from 'node:timers/promises';
import { BaseError } from '@watchword/contracts';
import {
  appendedAt,
  composeEvent,
  type ComposedEvent,
  type LivingProcess,
  type OutboxEntry,
  type Swept,
  type VerificationStore,
} from '@watchword/verification';
import type { Logger } from 'pino';
import { createOutboxPages, type EventLimits } from './outbox-pages.ts';
import { createRetryLater, type RetryLater } from './retry-later.ts';
import { createFaultTeller } from './tell-faults.ts';

/** Shipped at the same time, and so the most bodies that one look reads; while Kafka is away each waits for its time-out. */
const SHIPPED_AT_ONCE = 1_000;
/** After Kafka refused or did not answer: long enough to cost nothing, short beside an outage. */
const REST_MS = 1_000;
/** Events that only they themselves are to blame for: not composed, or refused for good. */
const RETRY = { firstMs: 1_000, maxMs: 60_000, most: 10_000 };
/**
 * An event that cannot be composed is taken out of the way when it is this old. Until then it may belong to a newer
 * version, whose processes can ship it: longer than two versions work side by side.
 */
const QUARANTINE_AGE_MS = 600_000;
/** How long stopping waits for what is being published; another dispatcher ships what is left. */
const DRAIN_MS = 3_000;

export interface OrphanDeps {
  store: Pick<VerificationStore, 'removeShipped' | 'quarantine'>;
  publish: (event: ComposedEvent) => Promise<void>;
  onQuarantine: () => void;
  log: Logger;
  now?: () => number;
}

export interface OrphanShipper {
  /** Begins a look: what each bucket's sweep is to read of its outbox. */
  plan: (owned: readonly number[], living: readonly LivingProcess[]) => (bucket: number) => EventLimits;
  /** Takes what a sweep found, to be called as soon as its reply is there. Returns at once. */
  take: (bucket: number, swept: Swept, limits: EventLimits) => void;
  stop: () => Promise<void>;
}

/** Ships what is left in the outboxes: events whose owner's heartbeat is gone, and events that are old. */
export function createOrphanShipper(deps: OrphanDeps): OrphanShipper {
  const now = deps.now ?? (() => performance.now());
  const pages = createOutboxPages(now);
  const failing = createRetryLater({ ...RETRY, now });
  const inFlight = new Map<string, Promise<void>>();
  let restsUntil = 0;
  const handle = createHandler(deps, failing, now, () => (restsUntil = now() + REST_MS));

  /** Whether it was begun: not if it is under way already, or has failed lately. */
  function begin(entry: OutboxEntry, ageMs: number): boolean {
    const key = keyOf(entry);
    if (inFlight.has(key) || failing.waits(key)) return false;
    inFlight.set(
      key,
      handle(entry, ageMs).finally(() => inFlight.delete(key)),
    );
    return true;
  }

  return {
    plan(owned, living) {
      pages.notice(owned, living);
      return pages.plan(owned, now() < restsUntil ? 0 : SHIPPED_AT_ONCE - inFlight.size);
    },
    take(bucket, swept, limits) {
      pages.seen(bucket, swept);
      if (limits.events === 0) return;
      const begun = swept.waiting.filter((entry) => {
        const ageMs = swept.now - appendedAt(entry.streamId);
        return pages.isOrphan(entry, ageMs) && begin(entry, ageMs);
      });
      pages.turn(bucket, swept.waiting, limits, begun.length);
    },
    async stop() {
      await Promise.race([Promise.allSettled(inFlight.values()), sleep(DRAIN_MS, undefined, { ref: false })]);
    },
  };
}

/** What happens to one orphan: shipped, kept for another try, or set aside. Never rejects. */
function createHandler(
  { store, publish, onQuarantine, log }: OrphanDeps,
  failing: RetryLater,
  now: () => number,
  onOutage: () => void,
): (entry: OutboxEntry, ageMs: number) => Promise<void> {
  const tell = createFaultTeller(log, now);

  async function ship(entry: OutboxEntry, event: ComposedEvent): Promise<void> {
    try {
      await publish(event);
      await store.removeShipped(entry.bucket, [entry.streamId]);
      failing.worked(keyOf(entry));
    } catch (error) {
      if (error instanceof BaseError && error.retry) onOutage();
      else failing.failed(keyOf(entry));
      tell(error, 'an orphaned event could not be shipped; it stays in the outbox');
    }
  }

  /** The log tells what it is about, not what is in it. */
  async function setAside(entry: OutboxEntry, ageMs: number, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.name : typeof error;
    const about = { bucket: entry.bucket, streamId: entry.streamId, verification: entry.fields.get('id'), reason };
    const tries = failing.failed(keyOf(entry));
    if (ageMs < QUARANTINE_AGE_MS) {
      if (tries === 1) log.error(about, 'an event of the outbox cannot be composed');
      return;
    }
    try {
      await store.quarantine(entry);
    } catch (fault) {
      tell(fault, 'an event that cannot be composed could not be moved to the quarantine');
      return;
    }
    failing.worked(keyOf(entry));
    onQuarantine();
    log.error(about, 'an event that cannot be composed was moved to the quarantine');
  }

  return async (entry, ageMs) => {
    let event: ComposedEvent;
    try {
      event = composeEvent(entry);
    } catch (error) {
      await setAside(entry, ageMs, error);
      return;
    }
    await ship(entry, event);
  };
}

function keyOf({ bucket, streamId }: OutboxEntry): string {
  return `${bucket}/${streamId}`;
}
