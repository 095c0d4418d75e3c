import { NO_SCORES, type ScoreTable } from '@watchword/routing';
import { expect, test } from 'vitest';
import { readJudgements } from './judge-cells.ts';

const north = { provider: 'north', channel: 'sms', country: 'DE', operator: '262-01' } as const;
const judge = async (cell: Parameters<Awaited<ReturnType<typeof readJudgements>>>[0]) => {
  const score = { mean: 0.81, upper: 0.83, n: 160.5, collapse: 0.01 };
  const scores: ScoreTable = { ...NO_SCORES, routes: new Map([['sms|DE|262-01', new Map([['north', score]])]]) };
  const judgements = await readJudgements({
    scores: () => scores,
    fakes: { read: async () => (of) => of.provider === 'south' },
    breakers:
      async () =>
      ({ provider }) =>
        provider === 'south' ? 'open' : 'closed',
  });
  return judgements(cell);
};

test('a cell has its score, its breaker, and whether its receipts are fakes', async () => {
  expect(await judge(north)).toEqual({ score: 0.81, score_n: 160.5, breaker: 'closed', fake_receipts: false });
});

test('a cell that was never scored has none of its parents’ scores', async () => {
  expect(await judge({ ...north, provider: 'south' })).toEqual({ breaker: 'open', fake_receipts: true });
  expect(await judge({ ...north, operator: '' })).toEqual({ breaker: 'closed', fake_receipts: false });
});
