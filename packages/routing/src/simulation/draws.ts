import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';

/** Random numbers that a seed repeats. */
export interface Draws {
  /** In [0, 1). */
  uniform: () => number;
  /** Mean 0, standard deviation 1. */
  normal: () => number;
  /** Mean 1. */
  exponential: () => number;
  /** A whole number from 0 to below `end`. */
  index: (end: number) => number;
}

const RESOLUTION = 2 ** 32;

export function createDraws(seed: number): Draws {
  const generator = xoroshiro128plus(seed);
  const uniform = (): number => uniformInt(generator, 0, RESOLUTION - 1) / RESOLUTION;
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    exponential: () => -Math.log(1 - uniform()),
    index: (end) => Math.floor(uniform() * end),
  };
}
