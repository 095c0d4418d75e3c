import type { BucketRecovery } from '@watchword/verification';

/** Buckets of one server are noticed together: one run reads for all of them. What was being published by then has landed. */
export const GATHER_MS = 500;
/**
 * After a loss is noticed, what workers had with a provider comes in within the time that a call may take and this: a result is
 * tried again every second. Until then no code is sent again for what they may have sent.
 */
export const SETTLE_MARGIN_MS = 1_500;
/** Sweeps notice the buckets of one server within this: those that are due so soon come along, since each run reads all events. */
export const ALONG_MS = 400;
/** What came in meanwhile is read from a little before the loss was noticed: clocks differ. */
export const TAIL_MS = 10_000;

/** A bucket that could not be reached while it was recovered: a run reads all events, so not at the very next sweep that can. */
export const FORGOTTEN_REST_MS = 2_000;

export type RecoveryPart = 'reading' | 'settling';

/** A part of a bucket's recovery that is to be done, from `dueAt` on. */
export interface NoticedBucket {
  part: RecoveryPart;
  /** When the loss was noticed by Redis' clock: it names the recovery. */
  noticedAt: number;
  fromMs: number;
  /** By our clock, as `now`. */
  dueAt: number;
}

/** Which buckets are to be recovered, as sweeps tell it. */
export interface NoticedBuckets {
  /** @returns whether there is something new to do */
  notice(bucket: number, recovery: BucketRecovery, redisNow: number): boolean;
  /** Those that are due, and those that soon will be. */
  due(part: RecoveryPart): ReadonlyMap<number, NoticedBucket>;
  /** When the next one is due; Infinity where there is none. */
  nextAt(): number;
  /** A part is done: the settling follows the reading, unless Redis was lost again. */
  ended(bucket: number, done: NoticedBucket, after: 'settling' | 'ready' | 'changed'): void;
  /** A part cannot be done: it is left until a sweep names the bucket again, and then for `FORGOTTEN_REST_MS`. */
  forget(bucket: number, failed: NoticedBucket): void;
  /** How long after its loss was noticed a part begins. */
  delayOf(part: RecoveryPart): number;
  size(): number;
}

/** @param callMs how long a call to a provider may take */
export function createNoticedBuckets(now: () => number, callMs: number): NoticedBuckets {
  const settleMs = callMs + SETTLE_MARGIN_MS;
  const delayOf = (part: RecoveryPart): number => (part === 'reading' ? GATHER_MS : settleMs);
  const noticed = new Map<number, NoticedBucket>();
  /** The part that was done last: a sweep may still answer what was true before. One entry for each bucket at most. */
  const done = new Map<number, string>();
  /** Forgotten ones. One entry for each bucket at most. */
  const restsUntil = new Map<number, number>();
  const nameOf = (part: RecoveryPart, noticedAt: number): string => `${part} ${noticedAt}`;

  return {
    notice(bucket, { phase, noticedAt, fromMs }, redisNow) {
      if (phase === 'ready') {
        noticed.delete(bucket);
        return false;
      }
      const known = noticed.get(bucket);
      if (known?.part === phase && known.noticedAt === noticedAt) return false;
      if (done.get(bucket) === nameOf(phase, noticedAt)) return false;
      const dueAt = Math.max(now() + Math.max(0, noticedAt + delayOf(phase) - redisNow), restsUntil.get(bucket) ?? 0);
      noticed.set(bucket, {
        part: phase,
        noticedAt,
        fromMs: phase === 'reading' ? fromMs : noticedAt - TAIL_MS,
        dueAt,
      });
      return true;
    },
    due(part) {
      const all = [...noticed].filter(([, each]) => each.part === part && each.dueAt <= now() + ALONG_MS);
      return new Map(all.some(([, { dueAt }]) => dueAt <= now()) ? all : []);
    },
    nextAt: () => Math.min(...[...noticed.values()].map(({ dueAt }) => dueAt)),
    ended(bucket, { part, noticedAt, dueAt }, after) {
      done.set(bucket, nameOf(part, noticedAt));
      const known = noticed.get(bucket);
      if (known?.noticedAt !== noticedAt) return;
      noticed.delete(bucket);
      if (after !== 'settling') return;
      noticed.set(bucket, {
        part: 'settling',
        noticedAt,
        fromMs: noticedAt - TAIL_MS,
        dueAt: dueAt - GATHER_MS + settleMs,
      });
    },
    forget(bucket, { noticedAt }) {
      if (noticed.get(bucket)?.noticedAt !== noticedAt) return;
      noticed.delete(bucket);
      restsUntil.set(bucket, now() + FORGOTTEN_REST_MS);
    },
    delayOf,
    size: () => noticed.size,
  };
}
