import type { AttemptEvent, OutcomeEvent } from '@watchword/contracts';
import { describe, expect, it } from 'vitest';
import { createDraws } from '../simulation/draws.ts';
import { estimatePolicy } from './estimate-policy.ts';
import { readLog } from './read-log.ts';

const AT_MS = 1_790_000_000_000;
const RATES: Readonly<Record<string, number>> = { good: 0.8, bad: 0.5 };

/** A log of choices that went to `bad` but for a share, to learn. */
function logOf(n: number, seed: number, explored: number): { attempts: AttemptEvent[]; outcomes: OutcomeEvent[] } {
  const draws = createDraws(seed);
  const attempts: AttemptEvent[] = [];
  const outcomes: OutcomeEvent[] = [];
  for (let at = 0; at < n; at++) {
    const provider = draws.uniform() < explored ? 'good' : 'bad';
    const attempt = {
      verification_id: `v${at}`,
      attempt_id: `v${at}.1`,
      provider,
      state: 'accepted',
      decision: {
        rule: 'explored',
        candidates: [
          {
            provider: 'good',
            eligible: true,
            score: 0.8,
            price: 0.09,
          },
          {
            provider: 'bad',
            eligible: true,
            score: 0.5,
            price: 0.03,
          },
          {
            provider: 'out',
            eligible: false,
            reason: 'country',
            score: 0.9,
            price: 0.01,
          },
        ],
        propensity: provider === 'good' ? explored : 1 - explored,
      },
    };
    attempts.push(attempt as AttemptEvent);
    if (draws.uniform() < RATES[provider]!)
      outcomes.push({
        verification_id: `v${at}`,
        attempt_id: `v${at}.1`,
        outcome: 'approved',
        submitted_at: AT_MS,
        ended_at: AT_MS + 2e4,
      } as OutcomeEvent);
  }
  return { attempts, outcomes };
}

describe('what another policy would have converted', () => {
  it('is estimated from the few choices that were made to learn, and the interval holds the truth', () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => seed + 1);
    const held = seeds.filter((seed) => {
      const { attempts, outcomes } = logOf(10_000, seed, 0.05);
      const { estimate, interval, thin, logged } = estimatePolicy(readLog(attempts, outcomes, 'watchword'));
      expect(logged).toBeCloseTo(0.515, 1);
      expect(estimate).toBeGreaterThan(0.7);
      expect(thin).toBeUndefined();
      return interval![0] <= 0.8 && 0.8 <= interval![1];
    });
    // 95 % of them, give or take
    expect(held.length).toBeGreaterThanOrEqual(34);
  });

  it.each([
    ['cheapest', 0.5],
    ['round-robin', 0.65],
  ] as const)('by %s is about %d', (policy, expected) => {
    const { attempts, outcomes } = logOf(10_000, 1, 0.2);
    expect(estimatePolicy(readLog(attempts, outcomes, policy)).estimate).toBeCloseTo(expected, 1);
  });

  it('is called too thin where few choices speak for it', () => {
    const { attempts, outcomes } = logOf(1_000, 1, 0.01);
    expect(estimatePolicy(readLog(attempts, outcomes, 'watchword')).thin).toMatch(/worth only \d+ attempts/);
    expect(estimatePolicy([]).thin).toMatch(/no attempt/);
    const never = { propensity: 0.5, wanted: 0, converted: true };
    expect(estimatePolicy([never])).toMatchObject({ estimate: undefined, thin: expect.stringMatching(/none of/) });
    const half = Array.from({ length: 1_000 }, (_, at) => ({ propensity: 1, wanted: at % 2, converted: true }));
    expect(estimatePolicy(half)).toMatchObject({ overlap: 0.5, thin: expect.stringMatching(/only 50 %/) });
  });
});

describe('a log', () => {
  const { attempts, outcomes } = logOf(10, 1, 0.5);
  const count = (attempts: AttemptEvent[], outcomes: OutcomeEvent[]) => readLog(attempts, outcomes, 'watchword').length;

  it('leaves out what was canceled, refused, or has no propensity, and takes the last word on an attempt', () => {
    const [first] = attempts as [AttemptEvent];
    expect(count([...attempts, first], outcomes)).toBe(10);
    expect(count([{ ...first, state: 'rejected' }], [])).toBe(0);
    expect(count([first], [{ verification_id: 'v0', outcome: 'canceled' } as OutcomeEvent])).toBe(0);
    const { propensity: _, ...decision } = first.decision!;
    expect(count([{ ...first, decision }], [])).toBe(0);
  });

  it('counts no conversion that came after the reward window', () => {
    const late = outcomes.map((outcome) => ({ ...outcome, ended_at: AT_MS + 180_001 }));
    expect(readLog(attempts, late, 'watchword').some(({ converted }) => converted)).toBe(false);
    expect(readLog(attempts, outcomes, 'watchword').some(({ converted }) => converted)).toBe(true);
  });
});
