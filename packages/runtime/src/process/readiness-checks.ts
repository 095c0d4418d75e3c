import { BROKERS_SILENT_MAX_MS, type Bus, type BusHealth } from '@watchword/bus';
import type { ReadinessCheck, ReadinessState } from '../probes.ts';

/** A leader's death silences a producer for 8-12 s; that alone is no reason to leave service. */
const UNACKED_MAX_MS = 15_000;
/** Consumers beat every second or three; their session ends after 10 s. */
const HEARTBEAT_MAX_MS = 10_000;

export function checkBus(bus: Pick<Bus, 'health'>): ReadinessCheck {
  return () => judgeBus(bus.health());
}

/** Pure, for its table of cases. */
export function judgeBus({ brokersSilentMs, producer, consumers }: BusHealth): ReadinessState {
  if (brokersSilentMs > BROKERS_SILENT_MAX_MS) return { ready: false, reason: 'no broker answers' };
  if (!producer.connected) return { ready: false, reason: 'the producer is not connected' };
  if (producer.oldestUnackedMs > UNACKED_MAX_MS) return { ready: false, reason: 'Kafka acknowledges nothing' };
  for (const { group, running, lastHeartbeatMs, lagGrowingWithoutCommit } of consumers) {
    if (!running) return { ready: false, reason: `the consumer ${group} is not running` };
    if (lastHeartbeatMs > HEARTBEAT_MAX_MS) return { ready: false, reason: `the consumer ${group} has no heartbeat` };
    if (lagGrowingWithoutCommit) return { ready: false, reason: `the consumer ${group} does not get on` };
  }
  return { ready: true };
}
