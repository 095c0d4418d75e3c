import type { IncomingEvent } from '@watchword/bus';
import { BaseError, createVerificationId } from '@watchword/contracts';
import { expect, it } from 'vitest';
import { BUCKET_AWAY_MAX_MS, mergeByBucket } from './merge-by-bucket.ts';

const away = new BaseError('OTP_STATE_UNAVAILABLE', 'away', { retry: true });
const eventOf = (bucket: number) => ({ key: createVerificationId({ region: 'a', bucket }) }) as IncomingEvent;

function bench(faultOf: (bucket: number) => Error | undefined) {
  let now = 0;
  const merged: number[] = [];
  const byBucket = mergeByBucket(
    async ({ key }) => {
      const bucket = Number.parseInt(key.slice(5, 7), 16);
      const fault = faultOf(bucket);
      if (fault) throw fault;
      merged.push(bucket);
    },
    new Set([1, 2]),
    () => now,
  );
  return { byBucket, merged, pass: (ms: number) => (now += ms) };
}

it('tries a bucket that is away for some seconds, then leaves the rest of it out and goes on with the others', async () => {
  const { byBucket, merged, pass } = bench((bucket) => (bucket === 1 ? away : undefined));
  await expect(byBucket.handle(eventOf(1))).rejects.toBe(away);
  pass(BUCKET_AWAY_MAX_MS - 1);
  await expect(byBucket.handle(eventOf(1))).rejects.toBe(away);
  expect(byBucket.away.size).toBe(0);
  pass(1);
  await byBucket.handle(eventOf(1));
  await byBucket.handle(eventOf(2));
  await byBucket.handle(eventOf(1));
  expect(merged).toEqual([2]);
  expect([...byBucket.away]).toEqual([[1, away]]);
});

it('a bucket that answers in between has all its time again', async () => {
  let fault: Error | undefined = away;
  const { byBucket, merged, pass } = bench(() => fault);
  await expect(byBucket.handle(eventOf(1))).rejects.toBe(away);
  pass(BUCKET_AWAY_MAX_MS - 1);
  fault = undefined;
  await byBucket.handle(eventOf(1));
  fault = away;
  pass(1);
  await expect(byBucket.handle(eventOf(1))).rejects.toBe(away);
  expect([merged, byBucket.away.size]).toEqual([[1], 0]);
});

it('a record that is broken is no fault of its bucket', async () => {
  const broken = new BaseError('OTP_STATE_BROKEN', 'broken', { retry: false });
  const { byBucket, pass } = bench(() => broken);
  await expect(byBucket.handle(eventOf(1))).rejects.toBe(broken);
  pass(2 * BUCKET_AWAY_MAX_MS);
  await expect(byBucket.handle(eventOf(1))).rejects.toBe(broken);
  expect(byBucket.away.size).toBe(0);
});

it('buckets that are not recovered are none of its business', async () => {
  const { byBucket, merged } = bench(() => undefined);
  await byBucket.handle(eventOf(3));
  expect(merged).toEqual([]);
});
