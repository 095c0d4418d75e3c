import { expect, it } from 'vitest';
import { createThroughput } from './throughput.ts';

/** How many messages go out in the time if one is wanted every millisecond. */
function countTaken(rate: number | undefined, ms: number): number {
  let nowMs = 5_000;
  let taken = 0;
  const throughput = createThroughput(
    () => rate,
    () => nowMs,
  );
  for (; nowMs < 5_000 + ms; nowMs++) {
    if (throughput.isSpent('north')) continue;
    throughput.take('north');
    taken++;
  }
  return taken;
}

it.each([
  ['as many as wanted without a rate', undefined, 1_000, 1_000],
  ['a second’s worth at once, and no more than the rate then', 10, 10_000, 109],
  ['one in two seconds', 0.5, 10_000, 5],
])('lets through %s', (_, rate, ms, expected) => {
  expect(countTaken(rate, ms)).toBe(expected);
});

it('counts each provider by itself', () => {
  const throughput = createThroughput(
    () => 1,
    () => 0,
  );
  throughput.take('north');
  expect([throughput.isSpent('north'), throughput.isSpent('south')]).toEqual([true, false]);
});
