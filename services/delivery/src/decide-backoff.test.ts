import { expect, it } from 'vitest';
import { decideBackoff } from './decide-backoff.ts';

const base = { attempts: 1, retryAfterMs: undefined, leftMs: 60_000, random: () => 0.5 };

it('waits longer with every attempt, and as long as the provider asks for', () => {
  const delays = [1, 2, 3].map((attempts) => decideBackoff({ ...base, attempts }));
  expect(delays).toEqual([1000, 1500, 2500]);
  expect(decideBackoff({ ...base, retryAfterMs: 9_000 })).toBe(9_000);
});

it('never comes back after the step or the life is over', () => {
  expect(decideBackoff({ ...base, leftMs: 3_900 })).toBeUndefined();
  expect(decideBackoff({ ...base, retryAfterMs: 58_000 })).toBeUndefined();
});

it('ends with the attempts of the send', () => {
  expect(decideBackoff({ ...base, attempts: 12 })).toBeUndefined();
});
