import { describe, expect, it } from 'vitest';
import { NO_COUNTS, addCounts, type Bucket, type BucketDelta } from '../quality/bucket.ts';
import { BUCKET_MS } from '../quality/fold-buckets.ts';
import { addReceipts, countReceipts, isDeliverySlow, judgeReceipts, NO_RECEIPTS } from './judge-receipts.ts';

const NOW_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;
const bucket = (minutesAgo: number, delta: BucketDelta): Bucket => ({
  startMs: NOW_MS - minutesAgo * MINUTE_MS,
  widthMs: BUCKET_MS,
  ...addCounts(NO_COUNTS, delta),
});
/** A bucket a minute. */
const minutes = (from: number, to: number, delta: BucketDelta): Bucket[] =>
  Array.from({ length: from - to }, (_, n) => bucket(from - n, delta));

describe('receipts', () => {
  it.each([
    [0, 0, 0, 0, 0.1, false],
    [1, 0, 0, 0, 0.1, false],
    [1, 1, 0, 0, 0.1, true],
    [0, 0, 1, 1, 0.1, true],
    [1, 1, 1, 1, 0.5, true],
    [1, 1, 1, 1, 0.6, false],
    [45, 5, 45, 5, 0.1, true],
    [46, 4, 45, 5, 0.1, false],
  ])(
    'Q1: sending %d normal %d slow, delivered %d normal %d slow, threshold %d: slow %s',
    (sendingNormal, sendingSlow, deliveredNormal, deliveredSlow, threshold, expected) => {
      const counts = {
        sending: { normal: sendingNormal, slow: sendingSlow },
        delivered: { normal: deliveredNormal, slow: deliveredSlow },
      };
      expect(isDeliverySlow(counts, threshold)).toBe(expected);
    },
  );

  it('are counted by what is late, and what is late is what has had its time', () => {
    const old = bucket(10, { submitted: 10, delivered: 6, deliveredLate: 2, undelivered: 1 });
    const young = bucket(1, { submitted: 5, delivered: 1 });
    expect(countReceipts([old, young], NOW_MS)).toEqual({
      sending: { normal: 4, slow: 4 },
      delivered: { normal: 5, slow: 2 },
    });
  });

  const counted = (buckets: Bucket[]) => countReceipts(buckets, NOW_MS);
  const usual = counted(minutes(300, 11, { submitted: 5, delivered: 4 }));
  it.each([
    ['as before', minutes(9, 3, { submitted: 5, delivered: 4 }), 'usual'],
    ['half of them missing', minutes(9, 3, { submitted: 5, delivered: 2 }), 'usual'],
    ['nearly all missing', minutes(9, 3, { submitted: 5, delivered: 1 }), 'collapsed'],
    ['all late', minutes(9, 3, { submitted: 5, delivered: 4, deliveredLate: 4 }), 'collapsed'],
    ['sent just now and not to be expected yet', minutes(2, 0, { submitted: 50 }), 'unknown'],
    ['too few to say', minutes(9, 8, { submitted: 5 }), 'unknown'],
  ] as const)('of late %s: %s', (_, recent, expected) => {
    expect(judgeReceipts(counted(recent), usual)).toBe(expected);
  });

  it('of a provider that never sends any are not missed', () => {
    const before = counted(minutes(300, 11, { submitted: 5 }));
    expect(judgeReceipts(counted(minutes(9, 3, { submitted: 5 })), before)).toBe('unknown');
  });

  it('of parts add up to those of the whole', () => {
    const [one, other] = [minutes(9, 3, { submitted: 5, delivered: 2 }), minutes(3, 1, { submitted: 4 })];
    expect(addReceipts(addReceipts(NO_RECEIPTS, counted(one)), counted(other))).toEqual(counted([...one, ...other]));
  });
});
