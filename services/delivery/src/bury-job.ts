import type { Bus } from '@watchword/bus';
import { DELIVERY_GROUP, deadLetterTopic, deliveryQueueName, type Channel } from '@watchword/contracts';
import type { DeadJob } from '@watchword/queues';
import type { VerificationStore } from '@watchword/verification';

export interface BuryDeps {
  store: Pick<VerificationStore, 'giveUp'>;
  bus: Pick<Bus, 'publishRecord'>;
  channel: Channel;
}

/**
 * What becomes of a job that no try can carry out. Its send is closed first, so that the person's next step does not wait for
 * Kafka; then its dead letter is published. Both may be repeated.
 *
 * @throws BaseError `OTP_STATE_UNAVAILABLE`, and what `Bus.publish` throws: the job stays in the queue
 */
export async function buryJob({ store, bus, channel }: BuryDeps, dead: DeadJob): Promise<void> {
  if (dead.job) await store.giveUp(dead.job.verificationId, dead.job.send);
  const origin = deliveryQueueName(channel);
  await bus.publishRecord({
    topic: deadLetterTopic(origin, DELIVERY_GROUP),
    key: dead.job?.verificationId ?? '',
    value: dead.text,
    headers: {
      'content-type': 'application/json',
      'x-reason': dead.reason,
      'x-original-queue': origin,
      'x-original-job': dead.id,
      'x-tries': String(dead.tries),
    },
  });
}
