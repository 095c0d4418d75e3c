import { BaseError, createVerificationId } from '@watchword/contracts';
import { UnrecoverableError } from 'bullmq';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { BuryJob, DeadJob } from './dead-job.ts';
import { createProcessor, type HandleJob, type JobResult } from './process-job.ts';
import { RetryLater } from './retry-later.ts';

const verificationId = createVerificationId({ region: 'a', bucket: 1 });
const data = { verificationId, step: 0, send: 1, n: 0 };
const job = { id: `${verificationId}-1-0`, data, attemptsMade: 0, updateData: async () => undefined };

function processor(handle: HandleJob, bury?: BuryJob) {
  const lines: string[] = [];
  const buried: DeadJob[] = [];
  const log = pino({ base: null }, { write: (line) => void lines.push(line) });
  const keep = async (dead: DeadJob) => void buried.push(dead);
  const deps = { handle, bury: bury ?? keep, attemptsMax: 3, random: () => 0.5, log };
  return { lines, buried, ...createProcessor(deps) };
}

/** A job whose data are kept between its tries, as BullMQ does. */
function storedJob(given: unknown = data) {
  const stored = {
    ...job,
    data: given,
    updateData: async (changed: unknown) => {
      stored.data = changed;
    },
  };
  return stored;
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

  it('buries a job that is none of ours without asking anybody, and keeps only the kinds of what is in it', async () => {
    const { run, buried, lines } = processor(async () => expect.unreachable());
    const foreign = { to: '+491701234567', code: 123_456, '+49170': 1, step: 2, verificationId };
    await expect(run({ ...job, id: 'to +491701234567', data: foreign })).rejects.toThrow(/^unparsable$/);
    expect(buried).toMatchObject([{ id: 'of another form', job: undefined, reason: 'unparsable', tries: 1 }]);
    expect(JSON.parse(buried[0]!.text)).toEqual({
      to: 'text of 13 characters',
      code: 'a number',
      step: 2,
      verificationId,
    });
    expect(lines.join('')).not.toContain('491701234567');
  });

  it('does not let a job go before its dead letter is safe, and does not try it again meanwhile', async () => {
    let tries = 0;
    let away = true;
    const buried: DeadJob[] = [];
    const { run } = processor(
      async () => {
        tries += 1;
        return { outcome: 'permanent', reason: 'OTP_SEAL_BROKEN' };
      },
      async (dead) => {
        if (away) throw new BaseError('OTP_BUS_UNAVAILABLE', 'x', { retry: true });
        buried.push(dead);
      },
    );
    const stored = storedJob();
    await expect(run(stored)).rejects.toBeInstanceOf(RetryLater);
    await expect(run({ ...stored, attemptsMade: 1 })).rejects.toBeInstanceOf(RetryLater);
    away = false;
    await expect(run({ ...stored, attemptsMade: 2 })).rejects.toBeInstanceOf(UnrecoverableError);
    expect(tries).toBe(1);
    expect(buried).toEqual([
      { id: job.id, job: data, text: JSON.stringify(data), reason: 'OTP_SEAL_BROKEN', tries: 3 },
    ]);
  });

  it('buries a job that meets a bug for the twentieth time, and never one that meets a fault of Redis', async () => {
    let fault: Error = new BaseError('OTP_STATE_UNAVAILABLE', 'x', { retry: true });
    const { run, buried } = processor(async () => Promise.reject(fault));
    const stored = storedJob();
    for (let n = 0; n < 50; n++) await expect(run(stored)).rejects.toBeInstanceOf(RetryLater);
    fault = new TypeError('no route to +491701234567');
    for (let n = 1; n < 20; n++) await expect(run(stored)).rejects.toBeInstanceOf(RetryLater);
    await expect(run(stored)).rejects.toBeInstanceOf(UnrecoverableError);
    expect(buried).toMatchObject([{ job: data, reason: 'TypeError at 20 tries' }]);
  });

  it('buries a job at once whose fault says that no retry helps, by its code', async () => {
    const { run, buried } = processor(async () => {
      throw new BaseError('OTP_KEY_FORBIDDEN', 'x', { retry: false });
    });
    await expect(run(storedJob())).rejects.toThrow(/^OTP_KEY_FORBIDDEN$/);
    expect(buried).toMatchObject([{ reason: 'OTP_KEY_FORBIDDEN' }]);
  });

  it('tries a job again whose mark cannot be written: nothing is decided before it is safe', async () => {
    const { run, buried } = processor(async () => ({ outcome: 'permanent', reason: 'broken' }));
    const readOnly = { ...job, updateData: async () => Promise.reject(new Error('away')) };
    await expect(run(readOnly)).rejects.toBeInstanceOf(RetryLater);
    expect(buried).toEqual([]);
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
