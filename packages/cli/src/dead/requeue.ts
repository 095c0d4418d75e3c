import type { Channel } from '@watchword/contracts';
import {
  createDeliveryQueue,
  type DeliveryJob,
  type DeliveryQueue,
  type DeliveryQueueOptions,
} from '@watchword/queues';
import type { Logger } from 'pino';

/** Puts jobs back on their channels' queues. */
export interface Requeue {
  /** @throws BaseError OTP_QUEUE_UNAVAILABLE */
  add(channel: Channel, job: DeliveryJob): Promise<void>;
  close(): Promise<void>;
}

/** Each channel's queue is opened when its first job comes. */
export function createRequeue(options: Omit<DeliveryQueueOptions, 'channel'>, log: Logger): Requeue {
  const queues = new Map<Channel, DeliveryQueue>();
  return {
    async add(channel, job) {
      let queue = queues.get(channel);
      if (!queue) queues.set(channel, (queue = createDeliveryQueue({ ...options, channel }, { log })));
      await queue.addAll([job]);
    },
    async close() {
      await Promise.all([...queues.values()].map(async (queue) => queue.close()));
    },
  };
}
