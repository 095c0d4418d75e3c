import type { Verification } from '@watchword/verification';
import { expect, it } from 'vitest';
import type { DeliverDeps } from './deliver-deps.ts';
import { deliverJob } from './deliver-job.ts';

/** Jobs that come back within this count as waiting ones (`RETURNING_MS` of the queue's depth), and new sends wait behind them. */
const COUNTS_AS_WAITING_MS = 1_000;

const job = { verificationId: 'v', step: 0, send: 1, n: 1 };
const depsOf = (waitsFor: 'reading' | 'settling', verification?: Partial<Verification>) =>
  ({ store: { read: async () => Promise.resolve({ now: 1, verification, waitsFor }) } }) as unknown as DeliverDeps;

it.each(['reading', 'settling'] as const)(
  'a job of before a loss waits while its bucket is %s, and not so that new ones find no room',
  async (waitsFor) => {
    const result = await deliverJob(depsOf(waitsFor, { status: 'pending' }), job);
    expect(result).toMatchObject({ outcome: 'retry' });
    expect(result.outcome === 'retry' && result.delayMs).toBeGreaterThan(COUNTS_AS_WAITING_MS);
    expect(await deliverJob(depsOf(waitsFor), job)).toEqual(result);
  },
);

it('a job of a verification that has ended is done, whatever its bucket waits for', async () => {
  expect(await deliverJob(depsOf('settling', { status: 'approved' }), job)).toEqual({ outcome: 'done', what: 'ended' });
});
