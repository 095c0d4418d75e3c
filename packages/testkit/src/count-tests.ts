export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** What vitest reports of one file: its own state, and that of each of its tests. */
export interface FileResult {
  state: string;
  tests: readonly string[];
}

/**
 * Counts tests. What fails outside a test (a file that cannot be loaded, an unhandled error, a set-up, any other cause of
 * a failing exit code) counts as one failure each, so that the totals never look better than the exit code.
 */
export function countTests(files: readonly FileResult[], run: { unhandledErrors: number; failed: boolean }): Totals {
  const totals: Totals = { passed: 0, failed: run.unhandledErrors, skipped: 0 };
  for (const file of files) {
    for (const state of file.tests) {
      if (state === 'passed') totals.passed++;
      else if (state === 'failed') totals.failed++;
      else totals.skipped++;
    }
    if (file.state === 'failed' && !file.tests.includes('failed')) totals.failed++;
  }
  if (run.failed && totals.failed === 0) totals.failed = 1;
  return totals;
}

/** `12 passed, 0 failed`, with `, 3 skipped` where some were. */
export function formatTotals({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}
