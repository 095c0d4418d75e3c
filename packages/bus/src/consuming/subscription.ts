import type { Logger } from 'pino';
import { BaseError } from '@watchword/contracts';
import { backOffMs, pause, settlesWithin } from '../back-off.ts';
import type { ConsumerEvents, ConsumerLife, Driver } from '../driver.ts';
import type { BusHealth } from '../port.ts';
import { createCommitTimer } from './commits.ts';
import type { Partitions } from './partitions.ts';

/** A member is made anew for ever; the jitter keeps many of them from coming back at once. */
const RESTART = { firstMs: 250, maxMs: 2_000 };
/** More than a rebalance (20 s) and a session (10 s) together: without a heartbeat for so long a member is stuck. */
const SILENCE_MAX_MS = 45_000;
/** A ninth of the silence that it looks for. */
const WATCH_INTERVAL_MS = 5_000;
/** Longer than a job's calls to providers (8 s) and what they settle. */
const DEFAULT_DEADLINE_MS = 10_000;
/** Kept back from the deadline of a stop for the last commit. */
const LAST_COMMIT_MS = 2_000;

export interface SubscriptionDeps {
  driver: Driver;
  /** Full names. */
  group: string;
  topics: readonly string[];
  /** `onFinished` is to be called after every finished record. */
  createPartitions(onFinished: () => void): Partitions;
  /** Age of the oldest call of the handler that has not returned. */
  oldestHandlerMs(): number;
  onRestart(): void;
  log: Logger;
  now: () => number;
  random: () => number;
}

export interface RunningSubscription {
  joined(): Promise<void>;
  stop(deadlineMs?: number): Promise<void>;
  health(): Omit<BusHealth['consumers'][number], 'group'>;
  lags(): { topic: string; lag: number }[];
}

/** Keeps one member of a group alive until stopped: each life of the client's consumer is followed by another. */
export function startSubscription(deps: SubscriptionDeps): RunningSubscription {
  const stopping = new AbortController();
  const firstJoin = Promise.withResolvers<void>();
  // Nobody need ask for it; who does gets the rejection.
  firstJoin.promise.catch(() => undefined);
  const timer = createCommitTimer(commit);
  const partitions = deps.createPartitions(() => timer.due());
  let life: ConsumerLife | undefined;
  let isMember = false;
  let formerMember: string | undefined;
  let heartbeatMs = deps.now();
  let attempt = 0;

  async function commit(): Promise<void> {
    try {
      if (life) await partitions.commit(life);
    } catch (error) {
      // Normal while the group rebalances or the broker is away. The prefix is committed with the next finished
      // record, or read again by whoever gets the partition.
      deps.log.debug({ error: messageOf(error) }, 'offsets not committed');
      if (isMember) timer.due();
    }
  }

  /** A life that was given up may still speak; only the present one is heard. */
  const eventsFor = (isPresent: () => boolean): ConsumerEvents => ({
    joined(memberId, assignments) {
      if (!isPresent()) return;
      isMember = true;
      formerMember = memberId;
      heartbeatMs = deps.now();
      attempt = 0;
      partitions.joined(memberId, assignments);
      deps.log.info({ partitions: assignments.flatMap((each) => each.partitions).length }, 'joined the group');
      firstJoin.resolve();
    },
    rebalancing() {
      if (!isPresent()) return;
      partitions.rebalancing();
      void commit();
    },
    async records(batch) {
      if (isPresent()) await partitions.records(batch);
    },
    heartbeat() {
      if (isPresent()) heartbeatMs = deps.now();
    },
  });

  async function live(): Promise<string> {
    heartbeatMs = deps.now();
    const events = eventsFor(() => life === mine);
    const mine: ConsumerLife = (life = deps.driver.startConsumer({ ...deps, formerMember }, events));
    const over = new AbortController();
    const { reason } = await Promise.race([mine.ended, silence(() => deps.now() - heartbeatMs, over.signal)]);
    over.abort();
    if (stopping.signal.aborted) return reason;
    isMember = false;
    life = undefined;
    partitions.abandon();
    await mine.close();
    return reason;
  }

  async function supervise(): Promise<void> {
    while (!stopping.signal.aborted) {
      const reason = await live();
      if (stopping.signal.aborted) return;
      const delayMs = backOffMs(attempt++, RESTART, deps.random());
      deps.log.warn({ reason, delayMs }, 'the consumer ended and is made anew');
      deps.onRestart();
      await pause(delayMs, stopping.signal);
    }
  }

  async function stop(deadlineMs: number): Promise<void> {
    stopping.abort();
    firstJoin.reject(new BaseError('OTP_BUS_CLOSED', 'stopped before the group was joined', { retry: false }));
    if (!(await settlesWithin(partitions.stop(), deadlineMs - LAST_COMMIT_MS)))
      deps.log.warn('handlers still run; their records will be read again');
    timer.stop();
    await settlesWithin(commit(), LAST_COMMIT_MS);
    isMember = false;
    await life?.close();
  }

  void supervise();
  let stopped: Promise<void> | undefined;

  return {
    joined: () => firstJoin.promise,
    stop: (deadlineMs = DEFAULT_DEADLINE_MS) => (stopped ??= stop(deadlineMs)),
    health: () => ({
      running: isMember,
      lastHeartbeatMs: deps.now() - heartbeatMs,
      sinceProgressMs: partitions.sinceProgressMs(),
      oldestHandlerMs: deps.oldestHandlerMs(),
    }),
    lags: () => partitions.lags(),
  };
}

/** Resolves when there was no heartbeat for too long. */
async function silence(silentMs: () => number, over: AbortSignal): Promise<{ reason: string }> {
  while (!over.aborted) {
    await pause(WATCH_INTERVAL_MS, over);
    if (silentMs() > SILENCE_MAX_MS) return { reason: `no heartbeat for ${silentMs()} ms` };
  }
  return { reason: 'over' };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
