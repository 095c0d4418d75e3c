import { BaseError } from '@watchword/contracts';
import { UnrecoverableError } from 'bullmq';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createProcessor, type HandleJob, type JobResult } from './process-job.ts';
import { RetryLater } from './retry-later.ts';

const data = { verificationId: 'vf_1a00x', step: 0, send: 1, n: 0 };
const job = { id: 'vf_1a00x-1-0', data, attemptsMade: 0 };

function processor(handle: HandleJob) {
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line) => void lines.push(line) });
  return { lines, ...createProcessor({ handle, attemptsMax: 3, random: () => 0.5, log }) };
}
const giving = (result: JobResult) => processor(async () => result);

describe('processing a job', () => {
  it('hands over the job and how often it failed before', async () => {
    const seen: unknown[] = [];
    const { run } = processor(async (given, { attempt, signal }) => {
      seen.push(given, attempt, signal.aborted);
      return { outcome: 'done' };
    });
    await run({ ...job, attemptsMade: 2 });
    expect(seen).toEqual([data, 2, false]);
  });

  it('turns a retry into an error with its delay, bounded, in whole milliseconds', async () => {
    for (const [delayMs, expected] of [
      [1234.4, 1234],
      [0, 0],
      [-5, 0],
      [Number.NaN, 0],
      [Infinity, 3_600_000],
    ]) {
      const thrown = giving({ outcome: 'retry', delayMs: delayMs! }).run(job);
      await expect(thrown).rejects.toThrow(expect.objectContaining({ delayMs: expected, message: 'retry' }));
    }
  });

  it('turns permanent into an end, with the reason as the only word', async () => {
    const thrown = giving({ outcome: 'permanent', reason: 'ended' }).run(job);
    await expect(thrown).rejects.toBeInstanceOf(UnrecoverableError);
    await expect(thrown).rejects.toThrow(/^ended$/);
  });

  it('ends a job that is none of ours without asking anybody', async () => {
    const { run } = processor(async () => expect.unreachable());
    await expect(run({ ...job, data: { to: '+491701234567' } })).rejects.toThrow(/^unparsable$/);
  });

  it('tries again after a throw, with growing delays, and repeats nothing of what it said', async () => {
    const { run, lines } = processor(async () => {
      throw new Error('no route to +491701234567 for code 123456');
    });
    await expect(run(job)).rejects.toThrow(expect.objectContaining({ delayMs: 500, message: 'retry' }));
    await expect(run({ ...job, attemptsMade: 1 })).rejects.toMatchObject({ delayMs: 1000 });
    const thrown = await run(job).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(RetryLater);
    expect((thrown as Error).cause).toBeUndefined();
    expect(lines.join('')).not.toMatch(/491701234567|123456/);
    expect(lines[0]).toMatch(/"fault":"Error".*process-job\.test\.ts/);
  });

  it('logs the code of a fault of ours, and bears a throw that is no error', async () => {
    const ours = processor(async () => {
      throw new BaseError('OTP_STATE_UNAVAILABLE', 'x', { retry: true });
    });
    await expect(ours.run(job)).rejects.toBeInstanceOf(RetryLater);
    expect(ours.lines[0]).toContain('"fault":"OTP_STATE_UNAVAILABLE"');
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what libraries sometimes do
    const odd = processor(async () => Promise.reject('+491701234567'));
    await expect(odd.run(job)).rejects.toBeInstanceOf(RetryLater);
    expect(odd.lines.join('')).not.toContain('491701234567');
  });

  it('counts what is under way, also when it fails', async () => {
    const { promise, resolve } = Promise.withResolvers<JobResult>();
    const { run, inFlight } = processor(async () => promise);
    const runs = [run(job), run(job)].map(async (running) => running.catch(() => undefined));
    expect(inFlight()).toBe(2);
    resolve({ outcome: 'permanent', reason: 'ended' });
    await Promise.all(runs);
    expect(inFlight()).toBe(0);
  });
});
