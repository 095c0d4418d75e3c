import { expect, it } from 'vitest';
import { tableOf } from '../scores/table-for-tests.ts';
import { createRouter } from './create-router.ts';
import { explainDecision } from './explain-decision.ts';

const candidates = ['north', 'south', 'west'].map((provider, priority) => ({ provider, priority, price: 0.05 }));

it('tells in words what was chosen, why, how likely it was, and what stood against the others', () => {
  const router = createRouter(() => tableOf({ north: 0.62, south: 0.714 }));
  const choice = router.choose({
    channel: 'sms',
    country: 'DE',
    operator: '262-01',
    candidates,
    random: () => 0.5,
    excluded: [
      {
        provider: 'west',
        reason: 'breaker',
      },
    ],
  });
  // as it comes back from Kafka
  const stored = JSON.parse(JSON.stringify(choice.decision)) as typeof choice.decision;
  expect(explainDecision(stored, 'south')).toEqual([
    'south was chosen: it had the best score, or the first place where there were no scores.',
    'Of 1,000 such choices it would have been chosen in 995.',
    'The scores were those of 1970-01-01T00:00:01.000Z.',
    'south: 71.4 % expected to convert, score 71.4, from 100 sends, price 0.05.',
    'north: 62 % expected to convert, score 62, from 100 sends, price 0.05.',
    'west: not eligible, it was failing and is given time (50 % expected to convert, score 50, from 100 sends, price 0.05).',
  ]);
});

it('explains decisions of other versions as far as it can', () => {
  const stored = { rule: 'static_priority', candidates: [{ provider: 'a', eligible: false, reason: 'moon' }] };
  expect(explainDecision(stored, undefined)).toEqual([
    'Nobody was chosen: of the rule "static_priority".',
    'a: not eligible, the reason is "moon" (nothing known).',
  ]);
});
