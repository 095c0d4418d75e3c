import { percentile } from '@watchword/stage';
import { expect, it } from 'vitest';
import type { OtpRecord } from '../load/record.ts';
import { measureRecovery } from './measure-recovery.ts';

function journey(at: number, tookMs: number, faultsAt: number[] = []): OtpRecord {
  return {
    n: at,
    to: '',
    channel: 'sms',
    habit: 'right',
    lifeMs: 60_000,
    secondStepAfterMs: undefined,
    askedAt: at,
    start: { outcome: 'accepted', at, id: `id${at}`, expiresAt: at + 60_000, replayed: false },
    messages: [{ at: at + tookMs, provider: 'north', code: '123456' }],
    checks: [],
    resends: [],
    faults: faultsAt.map((each) => ({ at: each, what: '503' })),
  };
}
const quiet = [1_000, 2_000, 3_000].map((at) => journey(at, 500));
const harm = { from: 10_000, until: 20_000 };

it('nothing late and no call that failed: recovered when all is back', () => {
  expect(measureRecovery([...quiet, journey(21_000, 600)], harm)).toMatchObject({
    seconds: 0,
    late: 0,
    normalMs: 3_000,
  });
});

it('the last of the backlog says when it is over', () => {
  expect(measureRecovery([...quiet, journey(12_000, 14_000), journey(21_000, 600)], harm)).toMatchObject({
    seconds: 6,
    late: 1,
    slowestMs: 14_000,
  });
});

it('a call that still fails when all is back keeps it from being over', () => {
  expect(measureRecovery([...quiet, journey(19_000, 600, [18_000, 22_500])], harm)).toMatchObject({ seconds: 2.5 });
});

it('what is normal comes from the quiet before, where that was slow', () => {
  const slow = [1_000, 2_000].map((at) => journey(at, 4_000));
  expect(measureRecovery([...slow, journey(21_000, 7_000)], harm)).toMatchObject({ normalMs: 8_000, late: 0 });
});

it('a percentile is a value that was there', () => {
  expect(percentile([5, 1, 3], 0.99)).toBe(5);
  expect(percentile([], 0.5)).toBe(0);
});
