import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@watchword/bus';
import { BaseError, type TopicSpec } from '@watchword/contracts';
import type { Logger } from 'pino';

/** How soon a Kafka that has come back is noticed; it is tried until the service stops. */
const RETRY_MS = 1_000;

/**
 * Creates the topics that are missing, trying again while Kafka is away.
 *
 * @returns false when stopped before
 * @throws BaseError `OTP_BUS_TOPIC_MISMATCH`: a topic exists with another number of partitions, which no retry mends
 */
export async function ensureTopics(
  bus: Bus,
  specs: readonly TopicSpec[],
  replicationFactor: number,
  log: Logger,
  stopping: AbortSignal,
): Promise<boolean> {
  let told = false;
  while (!stopping.aborted) {
    try {
      await bus.createTopics(specs, { replicationFactor });
      return true;
    } catch (error) {
      if (error instanceof BaseError && !error.retry) throw error;
      if (!told) log.warn({ err: error }, 'the topics cannot be created yet');
      told = true;
      await sleep(RETRY_MS, undefined, { signal: stopping }).catch(() => undefined); // rejects only when stopped
    }
  }
  return false;
}
