import { expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

test.for([
  ['', '', 0],
  ['abc', 'abc', 0],
  ['abc', 'abd', 1],
  ['abc', 'acb', 1],
  ['abc', 'ab', 1],
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
] as const)('from %s to %s it is %i', ([a, b, distance]) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test('the nearest key is found through spelling, swaps and other cases, and never far off', () => {
  const keys = ['host', 'port', 'public_url', 'life_seconds'];
  expect(nearest('prot', keys)).toBe('port');
  expect(nearest('publicURL', keys)).toBe('public_url');
  expect(nearest('life_second', keys)).toBe('life_seconds');
  expect(nearest('timeout', keys)).toBeUndefined();
});
