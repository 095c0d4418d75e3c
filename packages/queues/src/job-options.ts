import type { JobsOptions } from 'bullmq';

/** The ids and a trace parent take 150 bytes; anything much longer is something that doesn't belong into a queue. */
const JOB_BYTES_MAX = 1_024;
/** The worker counts the tries and ends them (`attemptsMax`); BullMQ's own limit only has to be out of its way. */
const ATTEMPTS_CEILING = 1_000;

/** The name under which `backoffStrategy` is asked. */
const BACKOFF_TYPE = 'by_worker';

/** Nothing is kept of a job that ended: the queue is disposable, the state is the truth. */
export const JOB_OPTIONS = {
  attempts: ATTEMPTS_CEILING,
  backoff: { type: BACKOFF_TYPE },
  removeOnComplete: true,
  removeOnFail: true,
  keepLogs: 0,
  stackTraceLimit: 0,
  sizeLimit: JOB_BYTES_MAX,
} as const satisfies JobsOptions;
