import { BaseError } from '@watchword/contracts';
import { type Job, UnrecoverableError } from 'bullmq';
import type { Logger } from 'pino';
import { computeBackoff } from './back-off.ts';
import { type BuryJob, describeDeadJob } from './dead-job.ts';
import { type DeliveryJob, parseDeliveryJob } from './delivery-job.ts';
import { RetryLater } from './retry-later.ts';

export type JobResult =
  | { outcome: 'done' }
  | { outcome: 'retry'; delayMs: number }
  /** No try will ever work: the job goes to the dead letters. `reason` is a few words of ours: it is stored and logged. */
  | { outcome: 'permanent'; reason: string };

export interface JobContext {
  /** How often this job was tried and failed before: 0 at first. Runs that a worker's death cut off do not count. */
  attempt: number;
  /** Aborted a second before a closing worker's deadline. */
  signal: AbortSignal;
}

/**
 * Carries out one job. A `BaseError` with `retry: true` is a fault of the infrastructure: tried again, never buried. One with
 * `retry: false` is `permanent` with its code as the reason. Any other throw is a bug: permanent after 20 of them.
 */
export type HandleJob = (job: DeliveryJob, context: JobContext) => Promise<JobResult>;

/** For tries that end in a throw, so in a fault of ours: soon enough for a code's life, late enough to be looked at. */
const UNEXPECTED_BASE_MS = 1_000;
/** A fortieth of a code's usual life: whoever is tried again after a long outage still comes in time. */
const UNEXPECTED_MAX_MS = 15_000;
/** A bug is given about two and a half minutes, in which the roll-out of its mending may end. */
const UNEXPECTED_TRIES_MAX = 20;
/** A dead letter waits for Kafka with its job; nobody waits for either. */
const BURY_RETRY_MAX_MS = 60_000;
/** The longest life of a code: a later try would be for nobody. */
const RETRY_DELAY_MAX_MS = 3_600_000;
/** Frames of a stack that are logged. Its first line is left out: that is the message, and may quote anything. */
const FRAMES_MAX = 8;

/** What a worker writes to a job's data for the next one that gets it. */
interface Marks {
  /** Why it is to be buried: it is not tried again, also where Kafka did not take its dead letter yet. */
  dead?: string;
  /** Tries that ended in a bug. */
  bugs?: number;
}

type StoredJob = Pick<Job, 'id' | 'data' | 'attemptsMade' | 'updateData'>;

export interface ProcessorDeps {
  handle: HandleJob;
  /** Resolves when the job's dead letter is safe and its send closed; only then the job leaves the queue. */
  bury: BuryJob;
  attemptsMax: number;
  random: () => number;
  log: Logger;
}

/**
 * Around `handle`: turns its result into what BullMQ understands. Here, and nowhere else, a result becomes a retry or an end;
 * whatever is thrown carries fixed words only.
 */
export function createProcessor(deps: ProcessorDeps): {
  run: (job: StoredJob, signal?: AbortSignal) => Promise<void>;
  inFlight: () => number;
} {
  const { attemptsMax, log } = deps;
  let inFlight = 0;

  return {
    inFlight: () => inFlight,
    async run(job, signal = new AbortController().signal) {
      inFlight += 1;
      try {
        const result = await judge(deps, job, signal);
        if (result.outcome === 'done') return;
        if (result.outcome === 'permanent') await bury(deps, job, result.reason);
        else if (job.attemptsMade + 1 >= attemptsMax) log.warn({ job: job.id }, 'a job is given up after its last try');
        throw result.outcome === 'permanent'
          ? new UnrecoverableError(result.reason)
          : new RetryLater(clampDelay(result.delayMs));
      } finally {
        inFlight -= 1;
      }
    },
  };
}

async function judge(deps: ProcessorDeps, stored: StoredJob, signal: AbortSignal): Promise<JobResult> {
  const job = parseDeliveryJob(stored.data);
  if (!job) return { outcome: 'permanent', reason: 'unparsable' };
  const { dead, bugs = 0 } = readMarks(stored.data);
  if (dead !== undefined) return { outcome: 'permanent', reason: dead };
  const attempt = stored.attemptsMade;
  try {
    const result = await tryOnce(deps, job, { attempt, signal }, bugs);
    if (result.outcome === 'bug') await stored.updateData({ ...job, bugs: bugs + 1 } satisfies DeliveryJob & Marks);
    if (result.outcome === 'permanent')
      await stored.updateData({ ...job, dead: result.reason } satisfies DeliveryJob & Marks);
    if (result.outcome !== 'bug') return result;
  } catch (error) {
    deps.log.error({ job: stored.id, attempt, ...describeFault(error) }, 'a job ended in a fault and is tried again');
  }
  return { outcome: 'retry', delayMs: backoff(deps, attempt, UNEXPECTED_MAX_MS) };
}

async function tryOnce(
  deps: ProcessorDeps,
  job: DeliveryJob,
  context: JobContext,
  bugs: number,
): Promise<JobResult | { outcome: 'bug' }> {
  try {
    return await deps.handle(job, context);
  } catch (error) {
    if (error instanceof BaseError && error.retry) throw error;
    if (error instanceof BaseError) return { outcome: 'permanent', reason: error.code };
    const { fault, ...where } = describeFault(error);
    const about = { verification: job.verificationId, attempt: context.attempt, fault, ...where };
    deps.log.error(about, 'a job ended in a fault and is tried again');
    if (bugs + 1 < UNEXPECTED_TRIES_MAX) return { outcome: 'bug' };
    return { outcome: 'permanent', reason: `${fault} at ${UNEXPECTED_TRIES_MAX} tries` };
  }
}

/** @throws RetryLater where the dead letter cannot be written now: the job stays, with its mark */
async function bury(deps: ProcessorDeps, stored: StoredJob, reason: string): Promise<void> {
  const dead = describeDeadJob(stored, reason);
  try {
    await deps.bury(dead);
    deps.log.error({ job: dead.id, reason }, 'a job was sent to the dead letters');
  } catch (error) {
    deps.log.warn({ job: dead.id, reason, ...describeFault(error) }, 'a dead letter cannot be written yet');
    throw new RetryLater(backoff(deps, stored.attemptsMade, BURY_RETRY_MAX_MS));
  }
}

function backoff({ random }: ProcessorDeps, attempt: number, maxMs: number): number {
  return computeBackoff({ attempt: attempt + 1, baseMs: UNEXPECTED_BASE_MS, maxMs, random });
}

function readMarks(data: unknown): Marks {
  const { dead, bugs } = data as Record<string, unknown>;
  return { ...(typeof dead === 'string' && { dead }), ...(typeof bugs === 'number' && { bugs }) };
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
