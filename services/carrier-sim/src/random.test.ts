import { describe, expect, it } from 'vitest';
import { createRandom, toNormal } from './random.ts';

const take = (count: number, random: () => number): number[] => Array.from({ length: count }, random);

describe('the random stream', () => {
  it('is the same for the same seed and label', () => {
    expect(take(50, createRandom(7, 'alpha'))).toEqual(take(50, createRandom(7, 'alpha')));
  });

  it('differs by seed and by label', () => {
    const first = take(5, createRandom(7, 'alpha'));
    expect(take(5, createRandom(8, 'alpha'))).not.toEqual(first);
    expect(take(5, createRandom(7, 'beta'))).not.toEqual(first);
  });

  it('spreads evenly over [0, 1)', () => {
    const numbers = take(20_000, createRandom(1));
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = numbers.filter((number) => Math.floor(number * 10) === tenth).length / numbers.length;
      expect(share).toBeGreaterThan(0.09);
      expect(share).toBeLessThan(0.11);
    }
  });

  it('makes normal numbers of mean 0 and deviation 1', () => {
    const random = createRandom(3);
    const numbers = Array.from({ length: 20_000 }, () => toNormal(random(), random()));
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    const variance = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / numbers.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });
});
