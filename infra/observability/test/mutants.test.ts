import { findPrometheus } from '@watchword/testkit';
import { expect, test } from 'vitest';
import { BOUNDS_TEST_FILES } from '../alerts/read-rules.ts';
import { testMutants, type MutantReport } from '../alerts/test-mutants.ts';

/** A minute on two cores that have other things to do. */
const TIMEOUT_MS = 300_000;
/** As many as there are cores on a small machine. */
const AT_ONCE = 2;

test(
  'every threshold, every `for` and every leg of every alert is held by a test that fails without it',
  async () => {
    const { promtool } = await findPrometheus(console.log);
    const waiting = [...BOUNDS_TEST_FILES];
    const reports: MutantReport[] = [];
    const work = async (): Promise<void> => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        reports.push(await testMutants(promtool, file));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const mutants = new Map(reports.flatMap((report) => [...report.mutants]));
    const survivors = [...mutants].filter(([name]) => !reports.some(({ killed }) => killed.has(name)));
    expect(mutants.size).toBeGreaterThan(100);
    expect(survivors.map(([, what]) => what)).toEqual([]);
  },
  TIMEOUT_MS,
);
