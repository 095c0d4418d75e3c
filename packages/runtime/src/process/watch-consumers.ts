import type { Bus, BusHealth } from '@watchword/bus';
import { BROKERS_SILENT_MAX_MS } from '@watchword/bus';
import type { Logger } from 'pino';

/**
 * A consumer that has records to handle and finishes none for so long, although everything that it needs answers, is stuck in
 * a way that only a new process mends. Readiness says so after half of it.
 */
const STUCK_MAX_MS = 60_000;
/** As often as readiness asks. */
const LOOK_MS = 1_000;

export type LivenessState = { alive: true } | { alive: false; reason: string };

/** Whether the process should be replaced. Never because Redis or Kafka is away: a new process would not get on either. */
export interface Liveness {
  report(): LivenessState;
  stop(): void;
}

export interface WatchConsumersOptions {
  bus: Pick<Bus, 'health'>;
  /**
   * Whether every Redis that the process uses takes writes, on every master: records of what lies on a lost one stand still in
   * all processes alike.
   */
  redisIsWhole: () => boolean;
  log: Logger;
  now?: () => number;
}

export function watchConsumers({
  bus,
  redisIsWhole,
  log,
  now = () => performance.now(),
}: WatchConsumersOptions): Liveness {
  let answeringSinceMs = now();
  let state: LivenessState = { alive: true };

  function look(): void {
    const health = bus.health();
    if (!redisIsWhole() || !kafkaAnswers(health)) answeringSinceMs = now();
    const before = state;
    state = judgeProgress(health, now() - answeringSinceMs);
    if (before.alive && !state.alive) log.fatal({ reason: state.reason }, 'the process is no longer alive');
    if (!before.alive && state.alive) log.info('the process is alive again');
  }

  const looking = setInterval(look, LOOK_MS);
  looking.unref();
  return { report: () => state, stop: () => clearInterval(looking) };
}

function kafkaAnswers({ brokersSilentMs, producer }: BusHealth): boolean {
  return brokersSilentMs <= BROKERS_SILENT_MAX_MS && producer.connected;
}

/** Pure, for its table of cases. `answeringMs`: for how long Redis and Kafka have been there without a break. */
export function judgeProgress({ consumers }: BusHealth, answeringMs: number): LivenessState {
  const stuck = consumers.find(({ sinceProgressMs }) => Math.min(sinceProgressMs, answeringMs) > STUCK_MAX_MS);
  return stuck === undefined ? { alive: true } : { alive: false, reason: `the consumer ${stuck.group} is stuck` };
}
