import { expect, test } from 'vitest';
import { countTests, formatTotals } from './count-tests.ts';

const green = { unhandledErrors: 0, failed: false };

test('tests are counted by their state', () => {
  const files = [
    { state: 'failed', tests: ['passed', 'failed', 'skipped'] },
    { state: 'passed', tests: ['passed', 'pending'] },
  ];
  expect(countTests(files, { unhandledErrors: 0, failed: true })).toEqual({ passed: 2, failed: 1, skipped: 2 });
});

test('a file that cannot be loaded counts as a failure', () => {
  expect(countTests([{ state: 'failed', tests: [] }], green)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('an unhandled error counts as a failure', () => {
  const files = [{ state: 'passed', tests: ['passed'] }];
  expect(countTests(files, { unhandledErrors: 1, failed: true })).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('a run that fails otherwise, as in its set-up, never ends with 0 failed', () => {
  expect(countTests([], { unhandledErrors: 0, failed: true })).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('the last line has the form that machines look for', () => {
  expect(formatTotals({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  expect(formatTotals({ passed: 12, failed: 1, skipped: 3 })).toBe('12 passed, 1 failed, 3 skipped');
});
