import { fileURLToPath } from 'node:url';
import { queueConnectionOf, startServiceProcess, waitFor } from '@watchword/testkit';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createFixture, createJob } from './queue-fixture.ts';

const ENTRY = fileURLToPath(new URL('fixtures/hanging-worker.ts', import.meta.url));
/** The lock (15 s) and one stalled check (5 s), and some patience for a busy machine. */
const RUN_AGAIN_MS = 35_000;

test('jobs of a worker that was killed are run again by another one, once each, as the same try', async () => {
  const { queue, worker, namespace, lines } = createFixture();
  const jobs = [createJob(), createJob()];
  const lost = await startServiceProcess({
    name: 'hanging-worker',
    entry: ENTRY,
    args: [JSON.stringify(queueConnectionOf(inject('redis'))), namespace],
  });
  onTestFinished(async () => lost.stop());
  await queue().addAll(jobs);
  await waitFor(() => jobs.every(({ verificationId }) => lost.output().includes(`took ${verificationId}`)), {
    timeoutMs: 15_000,
    what: 'the worker to take both jobs',
  });

  lost.kill('SIGKILL');
  await lost.exited;
  const runs: { id: string; attempt: number }[] = [];
  worker(async ({ verificationId }, { attempt }) => {
    runs.push({ id: verificationId, attempt });
    return { outcome: 'done' };
  });
  await waitFor(() => runs.length >= 2, { timeoutMs: RUN_AGAIN_MS, what: 'both jobs to be run again' });
  expect(runs.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
    jobs.map(({ verificationId }) => ({ id: verificationId, attempt: 0 })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  );
  expect(lines.filter((line) => line.includes('a worker was lost'))).toHaveLength(2);
});
