import { expect, it } from 'vitest';
import {
  ALONG_MS,
  FORGOTTEN_REST_MS,
  GATHER_MS,
  SETTLE_MARGIN_MS,
  TAIL_MS,
  createNoticedBuckets,
} from './noticed-buckets.ts';

const CALL_MS = 5_000;
const SETTLE_MS = CALL_MS + SETTLE_MARGIN_MS;

const READY = { phase: 'ready', noticedAt: 0, fromMs: 0 } as const;
/** Redis' clock is far from ours. */
const REDIS_MS = 1_000_000;

function bench() {
  let now = 0;
  const buckets = createNoticedBuckets(() => now, CALL_MS);
  return {
    buckets,
    pass: (ms: number) => (now += ms),
    sees: (bucket: number, phase: 'reading' | 'settling', noticedAt = REDIS_MS) =>
      buckets.notice(bucket, { phase, noticedAt, fromMs: 5 }, REDIS_MS + now),
    due: (part: 'reading' | 'settling') => [...buckets.due(part).keys()],
  };
}

it('gathers the buckets of a server before they are read, and waits for what is under way before it is read again', () => {
  const { buckets, pass, sees, due } = bench();
  expect([sees(1, 'reading'), sees(1, 'reading')]).toEqual([true, false]);
  expect([due('reading'), buckets.nextAt()]).toEqual([[], GATHER_MS]);
  pass(GATHER_MS);
  sees(2, 'reading', REDIS_MS + ALONG_MS + 1);
  expect(due('reading')).toEqual([1]);
  const first = buckets.due('reading').get(1)!;
  expect(first).toMatchObject({ part: 'reading', noticedAt: REDIS_MS, fromMs: 5 });
  buckets.ended(1, first, 'settling');
  expect([due('settling'), buckets.size()]).toEqual([[], 2]);
  pass(SETTLE_MS - GATHER_MS);
  expect(due('settling')).toEqual([1]);
  const second = buckets.due('settling').get(1)!;
  expect(second.fromMs).toBe(REDIS_MS - TAIL_MS);
  buckets.ended(1, second, 'ready');
  expect([due('settling'), due('reading')]).toEqual([[], [2]]);
});

it('takes those along that were noticed a moment later', () => {
  const { pass, sees, due } = bench();
  sees(1, 'reading');
  sees(2, 'reading', REDIS_MS + ALONG_MS);
  sees(3, 'reading', REDIS_MS + ALONG_MS + 1);
  expect(due('reading')).toEqual([]);
  pass(GATHER_MS);
  expect(due('reading')).toEqual([1, 2]);
});

it('goes on where another dispatcher has left a bucket', () => {
  const { buckets, sees, due } = bench();
  sees(1, 'settling', REDIS_MS - SETTLE_MS);
  expect(due('settling')).toEqual([1]);
  sees(2, 'settling', REDIS_MS - SETTLE_MS + ALONG_MS + 1);
  expect([due('settling'), buckets.nextAt()]).toEqual([[1], 0]);
});

it('does nothing twice for an answer that is older than what was done', () => {
  const { buckets, pass, sees, due } = bench();
  sees(1, 'reading');
  pass(GATHER_MS);
  buckets.ended(1, buckets.due('reading').get(1)!, 'settling');
  expect(sees(1, 'reading')).toBe(false);
  expect(due('reading')).toEqual([]);
  pass(SETTLE_MS);
  buckets.ended(1, buckets.due('settling').get(1)!, 'ready');
  expect([sees(1, 'settling'), buckets.size()]).toEqual([false, 0]);
});

it('begins anew where Redis was lost again', () => {
  const { buckets, pass, sees, due } = bench();
  sees(1, 'reading');
  pass(GATHER_MS);
  const before = buckets.due('reading').get(1)!;
  expect(sees(1, 'reading', REDIS_MS + GATHER_MS)).toBe(true);
  buckets.ended(1, before, 'changed');
  expect(buckets.size()).toBe(1);
  pass(GATHER_MS);
  expect(due('reading')).toEqual([1]);
});

it('forgets what another dispatcher has done', () => {
  const { buckets, sees } = bench();
  sees(1, 'reading');
  expect(buckets.notice(1, READY, REDIS_MS)).toBe(false);
  expect([buckets.size(), buckets.nextAt()]).toEqual([0, Infinity]);
});

it('leaves a bucket alone that could not be reached until a sweep names it again, and then for a while', () => {
  const { buckets, pass, sees, due } = bench();
  sees(1, 'reading');
  sees(2, 'reading');
  pass(GATHER_MS);
  buckets.forget(1, buckets.due('reading').get(1)!);
  expect([due('reading'), buckets.size()]).toEqual([[2], 1]);
  expect(sees(1, 'reading')).toBe(true);
  buckets.ended(2, buckets.due('reading').get(2)!, 'changed');
  expect(due('reading')).toEqual([]);
  pass(FORGOTTEN_REST_MS);
  expect(due('reading')).toEqual([1]);
});

it('forgets nothing of a bucket that was lost anew meanwhile', () => {
  const { buckets, pass, sees, due } = bench();
  sees(1, 'reading');
  pass(GATHER_MS);
  const before = buckets.due('reading').get(1)!;
  sees(1, 'reading', REDIS_MS + GATHER_MS);
  buckets.forget(1, before);
  pass(GATHER_MS);
  expect(due('reading')).toEqual([1]);
});
