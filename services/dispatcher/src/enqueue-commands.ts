import { deliveryQueueName, type Channel } from '@watchword/contracts';
import type { DeliveryJob, DeliveryQueue } from '@watchword/queues';
import { ATTRIBUTE, messageAttributes, type SpanStart, type Spans } from '@watchword/runtime';
import { guardQueue } from './guard-queue.ts';
import type { MoveDeps } from './move-verification.ts';

/** Each channel's queue is guarded by itself: a fault of one leaves the others be. A job carries the trace of its verification. */
export function createEnqueue(
  queues: ReadonlyMap<Channel, Pick<DeliveryQueue, 'addAll'>>,
  spans: Spans | undefined,
): MoveDeps['enqueue'] {
  const guarded = new Map([...queues].map(([channel, queue]) => [channel, guardQueue(queue.addAll)]));
  return async ({ id, traceparent }, commands) => {
    for (const { channel, step, send, n } of commands) {
      const job: DeliveryJob = { verificationId: id, step, send, n, ...(traceparent !== '' && { traceparent }) };
      const add = guarded.get(channel)!;
      if (spans) {
        await spans.run(describeAdd(channel, job), async (span) =>
          add([span ? { ...job, traceparent: span.traceparent } : job]),
        );
      } else await add([job]);
    }
  };
}

function describeAdd(channel: Channel, { verificationId, traceparent }: DeliveryJob): SpanStart {
  const queue = deliveryQueueName(channel);
  return {
    name: `send ${queue}`,
    kind: 'producer',
    origin: { from: 'verification', traceparent },
    attributes: {
      ...messageAttributes('bullmq', 'send', queue),
      [ATTRIBUTE.verification]: verificationId,
      [ATTRIBUTE.channel]: channel,
    },
  };
}
