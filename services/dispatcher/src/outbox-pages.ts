import type { LivingProcess, OutboxEntry, Swept, SweepLimits } from '@watchword/verification';

/** An outbox entry older than this is shipped by the sweep, whoever made it. */
const ORPHAN_AGE_MS = 30_000;
/** A page of some 100 kB, so that one bucket does not hold up the look at the others. */
const EVENTS_PER_BUCKET = 200;
/** An outbox that was read to its end without finding anything to ship is read again after this. */
const REREAD_MS = 5_000;

export type EventLimits = Required<Omit<SweepLimits, 'deadlines'>>;

/** Which parts of the outboxes to read. */
export interface OutboxPages {
  /** Who is alive, and which buckets are ours. */
  notice(owned: readonly number[], living: readonly LivingProcess[]): void;
  /** What each bucket's sweep reads of its outbox: `room` events together at most, the buckets by turns. */
  plan(owned: readonly number[], room: number): (bucket: number) => EventLimits;
  /** What the sweep found. */
  seen(bucket: number, swept: Swept): void;
  isOrphan(entry: OutboxEntry, ageMs: number): boolean;
  /** What was read has been gone through; the next plan goes on behind it. */
  turn(bucket: number, read: readonly OutboxEntry[], limits: EventLimits, begun: number): void;
}

/** Where reading a bucket's outbox stands. */
interface Page {
  /** Of its oldest event, as of the last look; undefined: there is none. */
  oldestAgeMs: number | undefined;
  after: string;
  /** Whether this pass is over all events, in search of those whose owner is gone; else only over old ones. */
  byOwner: boolean;
  /** How many of this pass were shipped, or tried to. */
  begun: number;
  restsUntil: number;
}

const NOTHING: EventLimits = { events: 0, after: '', agedMs: 0 };

/**
 * Bodies cost, and while Kafka is away the outboxes are long. So only as many are read as can be shipped at once; the old
 * ones by their stream ids, which hold the time; and owners are looked at only when a process has gone (or at the start),
 * in one pass over the outbox. An orphan that such a pass misses is shipped for its age.
 */
export function createOutboxPages(now: () => number): OutboxPages {
  const pages = new Map<number, Page>();
  let living: ReadonlySet<string> = new Set();
  let turns = 0;

  function pageOf(bucket: number): Page {
    let page = pages.get(bucket);
    // a bucket that comes anew may come from one that is gone
    if (!page) pages.set(bucket, (page = { ...emptyPage(), byOwner: living.size > 0 }));
    return page;
  }

  const isWanted = ({ oldestAgeMs, byOwner, restsUntil }: Page): boolean =>
    oldestAgeMs !== undefined && (byOwner || (oldestAgeMs > ORPHAN_AGE_MS && now() >= restsUntil));

  return {
    notice(owned, processes) {
      const before = living;
      living = new Set(processes.map(({ instance }) => instance));
      const mine = new Set(owned);
      for (const bucket of pages.keys()) if (!mine.has(bucket)) pages.delete(bucket);
      const first = before.size === 0 && living.size > 0;
      if (!first && [...before].every((instance) => living.has(instance))) return;
      for (const page of pages.values()) Object.assign(page, { after: '', byOwner: true, begun: 0 });
    },
    plan(owned, room) {
      const wanted = owned.filter((bucket) => isWanted(pageOf(bucket)));
      if (room <= 0 || wanted.length === 0) return () => NOTHING;
      const share = Math.min(EVENTS_PER_BUCKET, Math.ceil(room / wanted.length));
      const first = ++turns % wanted.length;
      const chosen = new Set([...wanted.slice(first), ...wanted.slice(0, first)].slice(0, Math.floor(room / share)));
      return (bucket) => {
        if (!chosen.has(bucket)) return NOTHING;
        const { after, byOwner } = pageOf(bucket);
        return { events: share, after, agedMs: byOwner ? 0 : ORPHAN_AGE_MS };
      };
    },
    seen(bucket, { now: redisNow, oldestAt }) {
      pageOf(bucket).oldestAgeMs = oldestAt === undefined ? undefined : redisNow - oldestAt;
    },
    // before the first heartbeat nobody is known, and nobody taken for gone
    isOrphan: ({ fields }, ageMs) =>
      ageMs >= ORPHAN_AGE_MS || (living.size > 0 && !living.has(fields.get('owner') ?? '')),
    turn(bucket, read, { events }, begun) {
      const page = pageOf(bucket);
      page.begun += begun;
      const last = read.at(-1);
      if (last && read.length >= events) {
        page.after = last.streamId;
        return;
      }
      if (page.begun === 0 && !page.byOwner) page.restsUntil = now() + REREAD_MS;
      Object.assign(page, { after: '', byOwner: false, begun: 0 });
    },
  };
}

function emptyPage(): Page {
  return { oldestAgeMs: undefined, after: '', byOwner: false, begun: 0, restsUntil: 0 };
}
