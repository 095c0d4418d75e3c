import type { AttemptEvent, OutcomeEvent } from '@watchword/contracts';
import { describe, expect, it } from 'vitest';
import { createDraws } from '../simulation/draws.ts';
import { estimatePolicy } from './estimate-policy.ts';
import { createChoiceLog, type LoggedPolicy } from './choice-log.ts';

const AT_MS = 1_790_000_000_000;
/** The life of a verification. */
const END_MS = 600_000;
const RATES: Readonly<Record<string, number>> = { good: 0.8, bad: 0.5 };

function readLog(
  attempts: readonly AttemptEvent[],
  outcomes: readonly OutcomeEvent[],
  policy: LoggedPolicy = 'watchword',
) {
  const log = createChoiceLog(policy);
  for (const outcome of outcomes) log.addOutcome(outcome);
  for (const attempt of attempts) log.addAttempt(attempt);
  return log.read();
}
const judge = (log: ReturnType<typeof logOf>, policy: LoggedPolicy) =>
  estimatePolicy(readLog(log.attempts, log.outcomes, policy).choices);

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
      claimed_at: AT_MS,
      settled_at: AT_MS + END_MS,
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
    const converts = draws.uniform() < RATES[provider]!;
    const approval = { attempt_id: `v${at}.1`, outcome: 'approved', submitted_at: AT_MS, ended_at: AT_MS + 2e4 };
    const outcome = converts ? approval : { outcome: 'expired', ended_at: AT_MS + END_MS };
    outcomes.push({ verification_id: `v${at}`, ...outcome } as OutcomeEvent);
  }
  return { attempts, outcomes };
}

describe('what another policy would have converted', () => {
  it('is estimated from the few choices that were made to learn, and the interval holds the truth', () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => seed + 1);
    const held = seeds.filter((seed) => {
      const { estimate, interval, thin, logged } = judge(logOf(10_000, seed, 0.05), 'watchword');
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
    expect(judge(logOf(10_000, 1, 0.2), policy).estimate).toBeCloseTo(expected, 1);
  });

  it('is called too thin where few choices speak for it', () => {
    expect(judge(logOf(1_000, 1, 0.01), 'watchword').thin).toMatch(/worth only \d+ attempts/);
    expect(estimatePolicy([]).thin).toMatch(/no attempt/);
    const never = { propensity: 0.5, wanted: 0, converted: true };
    expect(estimatePolicy([never])).toMatchObject({ estimate: undefined, thin: expect.stringMatching(/none of/) });
    const half = Array.from({ length: 1_000 }, (_, at) => ({ propensity: 1, wanted: at % 2, converted: true }));
    expect(estimatePolicy(half)).toMatchObject({ overlap: 0.5, thin: expect.stringMatching(/only 50 %/) });
  });
});

describe('a log', () => {
  const { attempts, outcomes } = logOf(10, 1, 0.5);
  const [first] = attempts as [AttemptEvent];

  it('leaves out what was canceled, refused, or has no propensity, and takes the last word on an attempt', () => {
    const of = (last: AttemptEvent, more: Partial<OutcomeEvent>[] = []) =>
      readLog([...attempts, last], [...outcomes, ...(more as OutcomeEvent[])]);
    expect(of(first).choices).toHaveLength(10);
    expect(of({ ...first, state: 'rejected' })).toMatchObject({ skipped: { rejected: 1 } });
    const canceled = { verification_id: 'v0', outcome: 'canceled', ended_at: AT_MS } as const;
    expect(of(first, [canceled])).toMatchObject({ skipped: { canceled: 1 } });
    const { propensity: _, ...decision } = first.decision!;
    const found = of({ ...first, decision });
    expect(found).toMatchObject({ skipped: { rejected: 0, noPropensity: 1, canceled: 0, undecided: 0 } });
    expect(found.choices).toHaveLength(9);
  });

  it('takes the highest version of an attempt, wherever it stands in the files', () => {
    const [unknown, revised] = [{ ...first, version: 4 }, { ...first, version: 6, state: 'rejected' } as const];
    for (const told of [
      [unknown, revised],
      [revised, unknown],
    ])
      expect(readLog([...attempts.slice(1), ...told], outcomes)).toMatchObject({ skipped: { rejected: 1 } });
  });

  it('counts no conversion that came after the reward window', () => {
    const late = outcomes.map((outcome) => ({ ...outcome, ended_at: AT_MS + END_MS }));
    expect(readLog(attempts, late).choices.some(({ converted }) => converted)).toBe(false);
    expect(readLog(attempts, outcomes).choices.some(({ converted }) => converted)).toBe(true);
  });

  it.each([
    ['attempts', 180_000, 10],
    ['attempts', 179_999, 0],
    ['outcomes', 180_000, 10],
    ['outcomes', 179_999, 0],
  ])('judges an attempt once the reward window is over in both: %s end %d ms after it', (which, ms, judged) => {
    const told = {
      attempts: attempts.map((attempt) => ({ ...attempt, settled_at: AT_MS + (which === 'attempts' ? ms : END_MS) })),
      outcomes: outcomes.map((outcome) => ({ ...outcome, ended_at: AT_MS + (which === 'outcomes' ? ms : END_MS) })),
    };
    const { choices, skipped } = readLog(told.attempts, told.outcomes);
    expect([choices.length, skipped.undecided]).toEqual([judged, 10 - judged]);
  });

  it('without outcomes tells nothing', () => {
    expect(readLog(attempts, [])).toMatchObject({ choices: [], skipped: { undecided: 10 } });
  });
});
