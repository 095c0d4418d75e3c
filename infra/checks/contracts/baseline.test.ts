import { expect, it } from 'vitest';
import { latestOf } from './baseline.ts';

it('takes the highest version for the last release, by number and not by spelling', () => {
  expect(latestOf(['0.9.0', '0.10.0', '0.2.11', 'README.md'])).toBe('0.10.0');
  expect(latestOf(['2.0.0', '10.0.0', '10.0.1', '9.9.9'])).toBe('10.0.1');
  expect(latestOf([])).toBeUndefined();
});
