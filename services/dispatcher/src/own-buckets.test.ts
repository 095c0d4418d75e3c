import { expect, it } from 'vitest';
import { ownedBuckets } from './own-buckets.ts';

const all = ['a', 'b', 'c'];
const owners = (dispatchers: string[]): Map<number, string[]> => {
  const byBucket = new Map<number, string[]>();
  for (const mine of dispatchers) {
    for (const bucket of ownedBuckets(mine, dispatchers, 256)) {
      byBucket.set(bucket, [...(byBucket.get(bucket) ?? []), mine]);
    }
  }
  return byBucket;
};

it('gives every bucket exactly one owner, in fair shares', () => {
  const byBucket = owners(all);
  expect(byBucket.size).toBe(256);
  expect([...byBucket.values()].every((each) => each.length === 1)).toBe(true);
  for (const mine of all) expect(ownedBuckets(mine, all, 256).length).toBeGreaterThan(50);
});

it('moves only the buckets of the one that left', () => {
  const before = [...owners(all)].filter(([, [owner]]) => owner !== 'c');
  const after = owners(['a', 'b']);
  expect(before.map(([bucket]) => [bucket, after.get(bucket)])).toEqual(before);
});

it('takes all of them alone, also before its own heartbeat is seen', () => {
  expect(ownedBuckets('a', [], 256)).toHaveLength(256);
  expect(ownedBuckets('a', ['a'], 256)).toHaveLength(256);
});
