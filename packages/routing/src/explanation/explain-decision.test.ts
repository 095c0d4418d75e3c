import { describe, expect, it } from 'vitest';
import { createRouter } from '../choice/create-router.ts';
import { ROUTE_RULES } from '../choice/router.ts';
import { tableOf } from '../scores/table-for-tests.ts';
import { explainDecision } from './explain-decision.ts';
import type { StoredDecision } from './stored-decision.ts';

const prices = { north: 0.012, south: 0.015, west: 0.01, ring: 0.02 };
const candidates = Object.entries(prices).map(([provider, price], priority) => ({ provider, priority, price }));

it('tells what was chosen, why, how likely it was, and what stood against the others', () => {
  const router = createRouter(() => tableOf({ north: 0.914, south: 0.91, west: 0.6 }));
  const choice = router.choose({
    channel: 'sms',
    country: 'DE',
    operator: '262-01',
    candidates,
    random: () => 0.5,
    excluded: [{ provider: 'ring', reason: 'breaker' }],
  });
  // as it comes back from Kafka
  const stored = JSON.parse(JSON.stringify(choice.decision)) as StoredDecision;
  stored.candidates[0]!.mean = 0.884;
  expect(explainDecision(stored, 'north', { currency: 'EUR' })).toBe(
    'Sent by north, which had the best score: of its codes people are expected to type 88 in 100 (±3, from 100 sends of late) ' +
      'at a price of 0.012 EUR. Of 1,000 such choices 993 go to it. south was expected to do alike and costs more (0.015 EUR). ' +
      'west was expected to do worse by 31 in 100 and costs less (0.01 EUR). ' +
      'Left out: ring, which was failing, and its breaker was open.',
  );
});

it('is short where nothing is known yet', () => {
  const stored: StoredDecision = {
    rule: 'best_score',
    candidates: [
      { provider: 'north', eligible: true },
      { provider: 'south', eligible: true },
      { provider: 'west', eligible: false, reason: 'country' },
      { provider: 'ring', eligible: false, reason: 'tried' },
    ],
    propensity: 1,
  };
  expect(explainDecision(stored, 'north')).toBe(
    'Sent by north, the first in the configured order, since nothing was known of it yet. south could have been chosen too. ' +
      'Left out: west, which does not serve this country; ring, which had been tried already.',
  );
});

describe('explains', () => {
  it.each(ROUTE_RULES)('%s without leaving a hole in the sentence', (rule) => {
    const said = explainDecision({ rule, candidates: [{ provider: 'a', eligible: true, price: 0.1 }] }, 'a');
    expect(said).toMatch(/^Sent by a, .+: it costs 0\.1\.$/);
  });

  it('a young cell without claiming to know it', () => {
    const candidates = [
      { provider: 'a', eligible: true, score: 9.75, mean: 1, n: 3 },
      { provider: 'b', eligible: true, score: 0.4 },
    ];
    expect(explainDecision({ rule: 'best_score', candidates }, 'a')).toBe(
      'Sent by a, which had the best score: of its codes people are expected to type 100 in 100 (±100, from 3 sends of late). ' +
        'b was expected to do much worse.',
    );
  });

  it('what was left out where a record keeps less than there was', () => {
    const leftOut = { eligible: 2, excluded: 1 };
    expect(explainDecision({ rule: 'pinned', candidates: [] }, 'a', { leftOut })).toBe(
      'Sent by a, which an operator had pinned. 2 more could have been chosen and 1 more was left out: the full decision is in the attempt event.',
    );
  });

  it('decisions of other versions as far as it can', () => {
    const stored = { rule: 'static_priority', candidates: [{ provider: 'a', eligible: false, reason: 'moon' }] };
    expect(explainDecision(stored, undefined)).toBe(
      'Nobody was chosen: rule "static_priority". Left out: a, by the reason "moon".',
    );
    expect(explainDecision(stored, 'b')).toBe(
      'Sent by b, by the rule "static_priority". Left out: a, by the reason "moon".',
    );
  });
});
