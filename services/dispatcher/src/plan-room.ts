/** A queue as one look saw it. Jobs that were re-added while present count as added: some, where workers are away. */
export interface QueueLook {
  /** Any clock, ms. */
  at: number;
  /** Jobs added since the queue began, by everybody. */
  added: number;
  waiting: number;
  active: number;
  /** Of those in back-off: how many come back within a second, and all. */
  returning: number;
  delayed: number;
}

/** Looks this long back tell what the workers do now. */
const RATE_WINDOW_MS = 2_000;
/**
 * How much work waits on the queue: enough for the workers not to run dry between two looks, or while a dispatcher collects
 * garbage; and what an OTP that is let in still has before it.
 */
export const WORK_AHEAD_MS = 500;
/**
 * The queue's least length, by which an idle channel gets going: as many as a worker process takes at once by default. Where
 * the workers manage fewer than this in `WORK_AHEAD_MS` it is what an OTP has before it.
 */
export const QUEUE_LEAST = 50;

/** The looks to estimate by: those of the last `windowMs` and the one before. A queue that was emptied from outside begins anew. */
export function keepLooks(looks: readonly QueueLook[], look: QueueLook, windowMs = RATE_WINDOW_MS): QueueLook[] {
  const last = looks.at(-1);
  if (last && look.added < last.added) return [look];
  const from = looks.findLastIndex(({ at }) => look.at - at >= windowMs);
  return [...looks.slice(Math.max(0, from)), look];
}

/** Jobs that the workers have finished a second, over some looks: what was added and is not there any more. */
export function estimatePerSecond(looks: readonly QueueLook[]): number {
  const [first, last] = [looks[0], looks.at(-1)];
  if (!first || !last || last.at <= first.at) return 0;
  const finished = last.added - first.added - (present(last) - present(first));
  return Math.max(0, finished / ((last.at - first.at) / 1000));
}

/**
 * How many sends one dispatcher may put on a channel's queue until the next look. Jobs under way don't count: with slow
 * providers they are more than a second's work. Those that a busy provider sent back for a moment do.
 */
export function planRoom(input: {
  look: QueueLook;
  perSecond: number;
  /** Jobs on the queue above which nothing is added, in whatever state. */
  highWater: number;
  /** Who else adds. */
  dispatchers: number;
}): number {
  const { look, perSecond, highWater, dispatchers } = input;
  const target = Math.max(QUEUE_LEAST, (perSecond * WORK_AHEAD_MS) / 1000);
  const room = Math.min(target - look.waiting - look.returning, highWater - present(look));
  return room < 1 ? 0 : Math.max(1, Math.floor(room / Math.max(1, dispatchers)));
}

function present({ waiting, active, delayed }: QueueLook): number {
  return waiting + active + delayed;
}
