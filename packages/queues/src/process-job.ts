import { BaseError } from '@watchword/contracts';
import { type Job, UnrecoverableError } from 'bullmq';
import type { Logger } from 'pino';
import { computeBackoff } from './back-off.ts';
import { type DeliveryJob, parseDeliveryJob } from './delivery-job.ts';
import { RetryLater } from './retry-later.ts';

export type JobResult =
  | { outcome: 'done' }
  | { outcome: 'retry'; delayMs: number }
  /** `reason` is one word of ours: it is stored and logged. */
  | { outcome: 'permanent'; reason: string };

export interface JobContext {
  /** How often this job was tried and failed before: 0 at first. Runs that a worker's death cut off do not count. */
  attempt: number;
  /** Aborted a second before a closing worker's deadline. */
  signal: AbortSignal;
}

export type HandleJob = (job: DeliveryJob, context: JobContext) => Promise<JobResult>;

/** For tries that end in a throw, so in a fault of ours: soon enough for a code's life, late enough to be looked at. */
const UNEXPECTED_BASE_MS = 1_000;
const UNEXPECTED_MAX_MS = 15_000;
/** The longest life of a code: a later try would be for nobody. */
const RETRY_DELAY_MAX_MS = 3_600_000;
/** Frames of a stack that are logged. Its first line is left out: that is the message, and may quote anything. */
const FRAMES_MAX = 8;

/**
 * Around `handle`: turns its result into what BullMQ understands. Here, and nowhere else, a result becomes a retry or an end;
 * whatever is thrown carries fixed words only.
 */
export function createProcessor(deps: { handle: HandleJob; attemptsMax: number; random: () => number; log: Logger }): {
  run: (job: Pick<Job, 'id' | 'data' | 'attemptsMade'>, signal?: AbortSignal) => Promise<void>;
  inFlight: () => number;
} {
  const { attemptsMax, log } = deps;
  let inFlight = 0;

  async function handle(job: Pick<Job, 'id' | 'data' | 'attemptsMade'>, signal: AbortSignal): Promise<JobResult> {
    const parsed = parseDeliveryJob(job.data);
    if (!parsed) return { outcome: 'permanent', reason: 'unparsable' };
    const attempt = job.attemptsMade;
    try {
      return await deps.handle(parsed, { attempt, signal });
    } catch (error) {
      log.error({ job: job.id, attempt, ...describeFault(error) }, 'a job ended in a fault and is tried again');
      const backOff = { attempt: attempt + 1, baseMs: UNEXPECTED_BASE_MS, maxMs: UNEXPECTED_MAX_MS };
      return { outcome: 'retry', delayMs: computeBackoff({ ...backOff, random: deps.random }) };
    }
  }

  return {
    inFlight: () => inFlight,
    async run(job, signal = new AbortController().signal) {
      inFlight += 1;
      try {
        const result = await handle(job, signal);
        if (result.outcome === 'done') return;
        if (result.outcome === 'permanent') {
          log.info({ job: job.id, reason: result.reason }, 'a job is not to be tried again');
          throw new UnrecoverableError(result.reason);
        }
        if (job.attemptsMade + 1 >= attemptsMax) log.warn({ job: job.id }, 'a job is given up after its last try');
        throw new RetryLater(clampDelay(result.delayMs));
      } finally {
        inFlight -= 1;
      }
    },
  };
}

/** Whole milliseconds; a delay that is no number counts as none, or the job would wait for ever. */
function clampDelay(delayMs: number): number {
  return Number.isNaN(delayMs) ? 0 : Math.round(Math.min(Math.max(0, delayMs), RETRY_DELAY_MAX_MS));
}

function describeFault(error: unknown): { fault: string; stack?: string[] } {
  if (!(error instanceof Error)) return { fault: typeof error };
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return {
    fault: error instanceof BaseError ? error.code : error.name,
    stack: frames.slice(0, FRAMES_MAX).map((line) => line.trim()),
  };
}
