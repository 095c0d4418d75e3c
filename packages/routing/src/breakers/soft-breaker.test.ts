import { describe, expect, it } from 'vitest';
import type { Score } from '../scores/score-table.ts';
import { decideSoftBreakers, isSoftOpen, type SoftBreakers } from './soft-breaker.ts';

const NOW_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;
const NONE: ReadonlySet<string> = new Set();

/** Scores with these probabilities of a collapse. */
const scores = (collapses: Readonly<Record<string, number>>) =>
  new Map(
    Object.entries(collapses).map(([provider, collapse]): [string, Score] => [
      provider,
      { mean: 0.7, upper: 0.7, n: 100, collapse },
    ]),
  );
const decide = (collapses: Readonly<Record<string, number>>, from: SoftBreakers = {}, nowMs = NOW_MS) =>
  decideSoftBreakers(from, scores(collapses), NONE, nowMs);

describe('soft breaker', () => {
  it('opens for whom conversions have collapsed, while another one delivers', () => {
    const breakers = decide({ a: 0.95, b: 0.01 });
    expect(['a', 'b'].map((provider) => isSoftOpen(breakers, provider, NOW_MS))).toEqual([true, false]);
    expect(isSoftOpen(breakers, 'a', NOW_MS + MINUTE_MS)).toBe(false);
  });

  it('opens for whom receipts have collapsed before conversions tell', () => {
    const breakers = decideSoftBreakers({}, scores({ a: 0.2, b: 0.01 }), new Set(['a']), NOW_MS);
    expect(isSoftOpen(breakers, 'a', NOW_MS)).toBe(true);
  });

  it.each([
    ['all of them', { a: 0.99, b: 0.95 }],
    ['all but those of whom nobody knows', { a: 0.99, b: 0.6 }],
    ['the only one', { a: 0.99 }],
  ])('Q2: all providers slow, no change: %s', (_, collapses: Record<string, number>) => {
    const none: SoftBreakers = {};
    expect(decide(collapses, none)).toBe(none);
  });

  it('never opens the last one that is left', () => {
    const first = decide({ a: 0.95, b: 0.01 });
    expect(decide({ a: 0.1, b: 0.95 }, first)).toBe(first);
  });

  it('Q2: changed less than the dead time ago, no change', () => {
    const first = decide({ a: 0.95, b: 0.01 });
    expect(decide({ a: 0.99, b: 0.01 }, first, NOW_MS + MINUTE_MS - 1)).toBe(first);
    const second = decide({ a: 0.99, b: 0.01 }, first, NOW_MS + MINUTE_MS);
    expect(second['a']!.openUntilMs).toBe(NOW_MS + 3 * MINUTE_MS);
  });

  it('opens for twice as long each time, to 15 min, and begins anew after a quiet quarter of an hour', () => {
    let [breakers, nowMs]: [SoftBreakers, number] = [{}, NOW_MS];
    const minutes = Array.from({ length: 6 }, () => {
      breakers = decide({ a: 0.95, b: 0.01 }, breakers, nowMs);
      const forMs = breakers['a']!.openUntilMs - nowMs;
      nowMs = breakers['a']!.openUntilMs;
      return forMs / MINUTE_MS;
    });
    expect(minutes).toEqual([1, 2, 4, 8, 15, 15]);
    const later = nowMs + 16 * MINUTE_MS;
    expect(decide({ a: 0.95, b: 0.01 }, breakers, later)['a']!.openUntilMs).toBe(later + MINUTE_MS);
  });
});
