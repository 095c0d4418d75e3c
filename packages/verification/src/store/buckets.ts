import type { StoreContext } from './context.ts';
import { bucketOfId } from './keys.ts';
import { parseEntry, type OutboxEntry } from './outbox.ts';
import { stateFault } from './scripts.ts';

/** A bucket's quarantine keeps the last of them, as long as a dead-letter topic does. */
const QUARANTINED_MAX = 1_000;
/** As long as a dead-letter topic keeps its records: over a long weekend. */
const QUARANTINE_MS = 7 * 24 * 3_600_000;

/** Some 500 kB an answer. */
const PAGE_MAX = 1_000;

export interface SweepLimits {
  deadlines: number;
  /** Their bodies are what costs: 0 asks for none. */
  events: number;
  /** Goes on after this stream id; left out: from the oldest. */
  after?: string;
  /** Only events at least this old, by Redis' clock. Default 0: all. */
  agedMs?: number;
}

/** Read again after a restart or a failover: twice the longest that a publisher keeps trying, for clocks that differ a little. */
const REREAD_MS = 60_000;
/**
 * Read again where all is gone: nothing is brought back that was admitted longer ago than the longest life (60 min) and as long as a
 * tombstone stays (10 min); the rest is for clocks that differ.
 */
const REREAD_ALL_MS = 75 * 60_000;
/** Seldom enough to cost nothing; what it is late by is read again in vain. */
const SEEN_MS = 10_000;

/** `reading`: events are being merged. `settling`: what was under way when Redis was lost may still come in. */
export type RecoveryPhase = 'ready' | 'reading' | 'settling';

export interface Swept {
  /** By Redis' clock, as `oldestAt`. */
  now: number;
  due: { id: string; kind: string }[];
  /** When the oldest event of the outbox was appended; undefined where it is empty. */
  oldestAt: number | undefined;
  waiting: OutboxEntry[];
  recovery: BucketRecovery;
}

/** `noticedAt`: when the loss was noticed, which names the recovery; `fromMs`: how far back events are read. 0 where it is ready. */
export interface BucketRecovery {
  phase: RecoveryPhase;
  noticedAt: number;
  fromMs: number;
}

/** When an outbox entry was appended, by Redis' clock. */
export function appendedAt(streamId: string): number {
  return Number.parseInt(streamId, 10);
}

/** What belongs to a bucket as a whole: deadlines, outbox, lookups. */
export function createBuckets({ run, keys, redis }: StoreContext) {
  async function lookUp(
    bucket: number,
    lookup: string,
  ): Promise<{ outcome: 'found'; id: string } | { outcome: 'none' | 'recovering' }> {
    const [, id, waitsFor] = (await run('lookUp', [keys.lookup(bucket, lookup), keys.marker(bucket)], [])) as string[];
    if (id !== '') return { outcome: 'found', id: id! };
    return { outcome: waitsFor === 'reading' ? 'recovering' : 'none' };
  }

  return {
    async sweep(bucket: number, { deadlines, events, after = '', agedMs = 0 }: SweepLimits): Promise<Swept> {
      const [now, members, oldest, waiting, phase, noticedAt, fromMs] = (await run(
        'sweep',
        [keys.deadlines(bucket), keys.outbox(bucket), keys.marker(bucket)],
        [deadlines, events, after, agedMs, REREAD_MS, REREAD_ALL_MS, SEEN_MS],
      )) as [number, string[], string, unknown[], RecoveryPhase, number, number];
      const due = members.map((member) => {
        const bar = member.lastIndexOf('|');
        return { id: member.slice(0, bar), kind: member.slice(bar + 1) };
      });
      const oldestAt = oldest === '' ? undefined : appendedAt(oldest);
      const recovery = { phase, noticedAt, fromMs };
      return { now, due, oldestAt, waiting: waiting.map((each) => parseEntry(bucket, each)!), recovery };
    },

    /** A verification's events of that time or later that still wait in its bucket's outbox. */
    async waitingOf(id: string, sinceMs: number): Promise<OutboxEntry[]> {
      const bucket = bucketOfId(id);
      const found: OutboxEntry[] = [];
      for (let from = String(sinceMs); ;) {
        const page = await redis
          .xrange(keys.outbox(bucket), from, '+', 'COUNT', PAGE_MAX)
          .catch((cause: unknown) => Promise.reject(stateFault('waitingOf', cause)));
        const entries = page.map((each) => parseEntry(bucket, each)!);
        found.push(...entries.filter(({ fields }) => fields.get('id') === id));
        if (entries.length < PAGE_MAX) return found;
        from = `(${entries.at(-1)!.streamId}`;
      }
    },

    /** Moves an event out of the outbox's way: nothing is shipped from there, an operator reads it with `watchword dead`. */
    async quarantine({ bucket, streamId, fields }: OutboxEntry): Promise<void> {
      const target = keys.quarantine(bucket);
      try {
        const copied = await redis
          .multi()
          .xadd(target, 'MAXLEN', QUARANTINED_MAX, '*', ...[...fields].flat())
          .pexpire(target, QUARANTINE_MS)
          .exec();
        const fault = copied?.find(([error]) => error)?.[0];
        if (fault) throw fault;
        // after the copy: MULTI undoes nothing, and an event twice is better than none
        await redis.xdel(keys.outbox(bucket), streamId);
      } catch (cause) {
        throw stateFault('quarantine', cause);
      }
    },

    async removeShipped(bucket: number, streamIds: readonly string[]): Promise<void> {
      try {
        await redis.xdel(keys.outbox(bucket), ...streamIds);
      } catch (cause) {
        throw stateFault('removeShipped', cause);
      }
    },

    /** The id of the live (or just ended) verification of a tenant, purpose and recipient. */
    async findByLookup(bucket: number, lookup: string): Promise<string | undefined> {
      const found = await lookUp(bucket, lookup);
      return found.outcome === 'found' ? found.id : undefined;
    },

    /** The same; recovering: the bucket's events are being read, and there may be one after all. */
    lookUp,
  };
}
