import { describe, expect, it } from 'vitest';
import { TENANTS_TOLD_MAX, measurePressure } from './measure-pressure.ts';

const LIFE_MS = 600_000;
type Tenants = Record<string, { waiting: number; share: number }>;
const survey = (tenants: Tenants) => ({
  oldestMs: 0,
  tenants: new Map(Object.entries(tenants).map(([id, each]) => [id, { ...each, lifeMs: LIFE_MS }])),
});
const measure = (tenants: Tenants, perSecond = 0, job?: { waitedMs: number; lifeMs: number }) =>
  measurePressure({ survey: survey(tenants), job, perSecond });

describe('the pressure on a channel', () => {
  it('is by tenant the largest part of a life that has been waited; who hardly waits is not told', () => {
    expect(measure({ shop: { waiting: 9, share: 0.3 }, bank: { waiting: 1, share: 0.01 } })).toEqual({
      everyone: 0,
      tenants: { shop: 0.3 },
    });
    expect(measure({})).toEqual({ everyone: 0, tenants: {} });
  });

  it('is everyone’s where a job has waited on the queue for long', () => {
    expect(measure({}, 0, { waitedMs: 150_000, lifeMs: LIFE_MS })).toEqual({ everyone: 0.25, tenants: {} });
  });

  it('counts half a life that a newcomer has to expect as the fifth that is refused, once somebody has waited a while', () => {
    // 30,000 at 100 a second are 300 s
    expect(measure({ shop: { waiting: 30_000, share: 0.05 } }, 100).tenants['shop']).toBeCloseTo(0.2);
    expect(measure({ shop: { waiting: 30_000, share: 0.04 } }, 100).tenants).toEqual({});
    // the last of a short line waits for as many of every other tenant, not for all of theirs
    const two = { shop: { waiting: 30_000, share: 0.05 }, bank: { waiting: 100, share: 0.06 } };
    expect(measure(two, 100).tenants['bank']).toBe(0.06);
  });

  it('of more tenants than a report holds, weighs on everyone by the worst that is left out', () => {
    const many = Object.fromEntries(
      Array.from({ length: TENANTS_TOLD_MAX + 5 }, (_, n) => [`t${n}`, { waiting: 1, share: 0.1 + n / 1_000 }]),
    );
    const { everyone, tenants } = measure(many);
    expect(Object.keys(tenants)).toHaveLength(TENANTS_TOLD_MAX);
    expect(everyone).toBeCloseTo(0.104);
  });
});
