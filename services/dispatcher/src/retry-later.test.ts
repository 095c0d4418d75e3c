import { expect, it } from 'vitest';
import { createRetryLater } from './retry-later.ts';

function setUp(most = 100) {
  let now = 0;
  const later = createRetryLater({ firstMs: 1_000, maxMs: 8_000, most, now: () => now });
  return { later, passTo: (ms: number) => void (now = ms) };
}

it('each failure in a row doubles the wait up to its bound; a success ends it', () => {
  const { later, passTo } = setUp();
  let now = 0;
  const waits: number[] = [];
  for (let n = 0; n < 6; n++) {
    expect(later.failed('a')).toBe(n + 1);
    const failedAt = now;
    while (later.waits('a')) passTo((now += 500));
    waits.push(now - failedAt);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  later.worked('a');
  expect(later.failed('a')).toBe(1);
});

it('remembers no more than its bound, and nobody that stayed away', () => {
  const { later, passTo } = setUp(10);
  for (let n = 0; n < 1_000; n++) later.failed(`v${n}`);
  expect(later.size()).toBe(10);
  passTo(16_000);
  expect(later.size()).toBe(0);
});
