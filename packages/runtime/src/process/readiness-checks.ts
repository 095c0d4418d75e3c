import { BROKERS_SILENT_MAX_MS, type Bus, type BusHealth } from '@watchword/bus';
import type { ReadinessCheck, ReadinessReport, ReadinessState } from '../probes.ts';

/** A leader's death silences a producer for 8-12 s; that alone is no reason to leave service. */
const UNACKED_MAX_MS = 15_000;
/** Consumers beat every second or three; their session ends after 10 s. */
const HEARTBEAT_MAX_MS = 10_000;

/** Whether every Redis of the process takes writes, on every master. One that has not been asked yet does not. */
export function isRedisWhole({ parts }: ReadinessReport): boolean {
  return Object.entries(parts).every(
    ([name, part]) => !name.startsWith('redis.') || (part.ready && part.degraded === undefined),
  );
}

/** As long as a consumer may stand still with records to handle: what stood while Redis was away, or one of its masters, gets on within it. */
const GETS_ON_MAX_MS = 30_000;

/** `redisIsWhole`: every Redis, and every master of it, takes writes. */
export function checkBus(
  bus: Pick<Bus, 'health'>,
  redisIsWhole: () => boolean,
  now: () => number = () => performance.now(),
): ReadinessCheck {
  let wholeSinceMs = now();
  return () => {
    if (!redisIsWhole()) wholeSinceMs = now();
    return judgeBus(bus.health(), now() - wholeSinceMs);
  };
}

/**
 * Pure, for its table of cases. `redisWholeMs`: for how long nothing of Redis has been away. Before half a minute of that a
 * consumer that stands still says nothing of this process: what lies on a lost master stands still in all of them.
 */
export function judgeBus({ brokersSilentMs, producer, consumers }: BusHealth, redisWholeMs: number): ReadinessState {
  if (brokersSilentMs > BROKERS_SILENT_MAX_MS) return { ready: false, reason: 'no broker answers' };
  if (!producer.connected) return { ready: false, reason: 'the producer is not connected' };
  if (producer.oldestUnackedMs > UNACKED_MAX_MS) return { ready: false, reason: 'Kafka acknowledges nothing' };
  for (const { group, running, lastHeartbeatMs, sinceProgressMs } of consumers) {
    if (!running) return { ready: false, reason: `the consumer ${group} is not running` };
    if (lastHeartbeatMs > HEARTBEAT_MAX_MS) return { ready: false, reason: `the consumer ${group} has no heartbeat` };
    if (Math.min(sinceProgressMs, redisWholeMs) > GETS_ON_MAX_MS)
      return { ready: false, reason: `the consumer ${group} does not get on` };
  }
  return { ready: true };
}
