import { expect, it } from 'vitest';
import type { Scenario } from '../scenarios/scenario.ts';
import { readRows, renderPromises } from './promises-page.ts';
import { verdictOf, type Result } from './result.ts';

const scenario = (name: string): Scenario => ({
  name,
  what: 'it is hurt',
  shows: 'it lives',
  play: () => Promise.resolve(),
});
const result: Result = {
  scenario: 'one',
  playedAt: '2026-11-23T08:00:00.000Z',
  seed: 1,
  rate: 50,
  reachedRate: 120,
  figures: {
    asked: 10,
    accepted: 10,
    reached: 10,
    approved: 8,
    duplicates: { doubtful: 1, recovered: 0, uncounted: 0, perSendMax: 1 },
    unknowns: 1,
    recoveredSends: 0,
    outcomes: { approved: 8, expired: 2 },
    open: 0,
    faults: { '503 otp_state_unavailable': 3 },
  },
  recovery: { seconds: 4.2, normalMs: 3_000, late: 2, slowestMs: 6_000, secondsMax: 15 },
  processes: { killed: 1, crashed: 0, restarted: 1, disorderly: 0 },
  unready: [],
  breaches: [],
  ownBreaches: [],
  notes: [],
  toolLagMs: 5,
};

it('a scenario that is not played again keeps its row', () => {
  const scenarios = [scenario('one'), scenario('two')];
  const first = renderPromises(scenarios, [result, { ...result, scenario: 'two', rate: 77 }], '');
  const second = renderPromises(scenarios, [{ ...result, rate: 99 }], first);
  expect(readRows(second).map(({ cells }) => cells[1])).toEqual(['10 (99/s of 120/s)', '10 (77/s of 120/s)']);
  expect(second).toContain('| `two` | it is hurt |');
});

it('one that was never played says so', () => {
  expect(renderPromises([scenario('one')], [], '')).toMatch(/\| `one` .*not played yet \|/);
});

it('a broken promise is told, and what the promises except is not one', () => {
  const lost = { kind: 'lost', id: 'vf', detail: '', excused: false } as const;
  const unshipped = { kind: 'approvedTwice', id: 'vf', detail: '', excused: true } as const;
  const broken = {
    ...result,
    breaches: [lost, { ...lost }, unshipped],
    recovery: { ...result.recovery, seconds: 15.1 },
    figures: { ...result.figures, reached: 9 },
  };
  expect(verdictOf(broken)).toEqual(['1 × accepted, and no provider ever had it', 'recovery took 15.1 s, not 15']);
  expect(verdictOf({ ...result, breaches: [unshipped] })).toEqual([]);
  const untold = { ...result, figures: { ...result.figures, reached: 8 } };
  expect(verdictOf(untold)).toEqual(['2 accepted ones reached nobody, and nothing says why']);
  expect(
    verdictOf({
      ...untold,
      breaches: [
        { ...lost, excused: true },
        { ...lost, id: 'v2', kind: 'unreached' },
      ],
    }),
  ).toEqual(['1 × accepted and handed to a provider, and it never arrived']);
  expect(verdictOf({ ...result, unready: ['ingest-1'], ownBreaches: ['it leaks'] })).toEqual([
    'not ready again: ingest-1',
    'it leaks',
  ]);
  const page = renderPromises([scenario('one')], [broken], '');
  expect(page).toContain('**broken**: 1 × accepted');
  expect(page).toContain('| 0 (1 excepted) |');
});

it('a process that ends by itself, or not in order, is a broken promise', () => {
  const processes = { killed: 3, crashed: 1, restarted: 6, disorderly: 2 };
  expect(verdictOf({ ...result, processes })).toEqual([
    '1 processes ended that nobody had told to',
    '2 processes did not stop in order',
  ]);
});
