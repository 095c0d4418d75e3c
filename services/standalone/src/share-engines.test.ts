import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { claimShare } from './share-engines.ts';

const given = () => ({
  origin: { redis: 'environment', kafka: 'environment' } as const,
  redisUrl: `redis://${randomBytes(6).toString('hex')}.example:6379`,
  kafkaBrokers: ['127.0.0.1:9092'],
});

it('gives runs beside each other on the same engines a prefix each, and the first one none', () => {
  const engines = given();
  const shares = [claimShare(engines), claimShare(engines), claimShare(engines)];
  expect(shares.map(({ prefix }) => prefix)).toEqual(['', 'run2-', 'run3-']);
  shares[1]!.release();
  const next = claimShare(engines);
  expect(next.prefix).toBe('run2-');
  for (const share of [shares[0]!, next, shares[2]!]) share.release();
});

it('gives runs on other engines, or on engines of their own, none', () => {
  const shares = [claimShare(given()), claimShare(given())];
  const own = { ...given(), origin: { redis: 'local', kafka: 'container' } as const };
  shares.push(claimShare(own), claimShare(own));
  expect(shares.map(({ prefix }) => prefix)).toEqual(['', '', '', '']);
  for (const share of shares) share.release();
});
