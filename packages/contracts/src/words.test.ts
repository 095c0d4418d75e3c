import { expect, test } from 'vitest';
import { RECEIPT_STATUSES, receiptRank } from './words.ts';

test('a receipt ranks by what it says for sure: nothing below the last word, a definite failure above unknown', () => {
  const ranks = Object.groupBy(RECEIPT_STATUSES, (status) => String(receiptRank(status)));
  expect(ranks).toEqual({
    1: ['accepted'],
    2: ['sent'],
    3: ['unknown'],
    4: ['undelivered', 'expired', 'rejected'],
    5: ['delivered'],
  });
});

test('the statuses are listed by rank', () => {
  const ranks = RECEIPT_STATUSES.map(receiptRank);
  expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
});
