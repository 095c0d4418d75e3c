import type { Bus, BusHealth } from '@watchword/bus';
import type { Redis } from 'ioredis';
import type { ReadinessCheck, ReadinessState } from '../probes.ts';

/** A leader's death silences a producer for 8-12 s; that alone is no reason to leave service. */
const UNACKED_MAX_MS = 15_000;
/** Consumers beat every second or three; their session ends after 10 s. */
const HEARTBEAT_MAX_MS = 10_000;
const PROBE_TTL_MS = 10_000;

/** A write, not a PING: a replica that was promoted away from us, or a full Redis, answers PING all the same. */
export function checkRedis(redis: Redis, namespace: string, instance: string): ReadinessCheck {
  const key = `{${namespace}ready}:${instance}`;
  return async () => {
    await redis.set(key, '1', 'PX', PROBE_TTL_MS);
    return { ready: true };
  };
}

export function checkBus(bus: Pick<Bus, 'health'>): ReadinessCheck {
  return () => judgeBus(bus.health());
}

/** Pure, for its table of cases. */
export function judgeBus({ producer, consumers }: BusHealth): ReadinessState {
  if (!producer.connected) return { ready: false, reason: 'the producer is not connected' };
  if (producer.oldestUnackedMs > UNACKED_MAX_MS) return { ready: false, reason: 'Kafka acknowledges nothing' };
  for (const { group, running, lastHeartbeatMs, lagGrowingWithoutCommit } of consumers) {
    if (!running) return { ready: false, reason: `the consumer ${group} is not running` };
    if (lastHeartbeatMs > HEARTBEAT_MAX_MS) return { ready: false, reason: `the consumer ${group} has no heartbeat` };
    if (lagGrowingWithoutCommit) return { ready: false, reason: `the consumer ${group} does not get on` };
  }
  return { ready: true };
}
