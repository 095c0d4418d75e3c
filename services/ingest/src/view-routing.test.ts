import { expect, test } from 'vitest';
import { DELIVERED, ID, LOST, verificationWith } from './verification-for-tests.ts';
import { createRoutingView } from './view-routing.ts';

const view = createRoutingView([{ name: 'one', price: { amount: '0.012', currency: 'EUR', countries: {} } }]);
const attempt = (decision: string) => ({ ...DELIVERED, decision });

test('tells of each attempt who was considered, by which rule, and the same in words', () => {
  const state = verificationWith([attempt('b9933|*,913,884,410,.012|south,905,.015|ring!b|+2,1')]);
  expect(view(state)).toEqual({
    id: ID,
    attempts: [
      {
        n: 1,
        send: 2,
        provider: 'one',
        at: '1970-01-01T00:00:01.000Z',
        rule: 'best_score',
        propensity: 0.9933,
        candidates: [
          { provider: 'one', score: 0.913, mean: 0.884, n: 410, price: 0.012 },
          { provider: 'south', score: 0.905, price: 0.015 },
        ],
        excluded: [{ provider: 'ring', reason: 'breaker' }],
        not_kept: { candidates: 2, excluded: 1 },
        sentence: expect.stringMatching(
          /^Sent by one, which had the best score: .+ at a price of 0\.012 EUR\. .+ the full decision is in the attempt event\.$/,
        ) as string,
      },
    ],
  });
});

test.each([
  ['a version before kept nothing', ''],
  ['a later version packs it otherwise', '{"v":2}'],
])('says so where %s', (_, decision) => {
  expect(view(verificationWith([attempt(decision)])).attempts).toMatchObject([
    { n: 1, candidates: [], excluded: [], sentence: expect.stringMatching(/^Sent by one\. Why .+ is not kept here/) },
  ]);
});

test('attempts that were lost with the state are not told of, and the others keep their numbers', () => {
  expect(view(verificationWith([LOST, attempt('o|*')])).attempts.map(({ n }) => n)).toEqual([2]);
});

test('shows no tag, no lookup and no sealed address', () => {
  const state = verificationWith([attempt('o|*')]);
  const secret = { ...state, lookup: 'k1.SECRET', request: { sealed: 'SECRET' } as never, tags: { 2: 'p1.SECRET' } };
  expect(JSON.stringify(view(secret))).not.toContain('SECRET');
});
