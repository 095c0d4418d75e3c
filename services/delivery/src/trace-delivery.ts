import { deliveryQueueName, parseAttemptId, type Channel } from '@watchword/contracts';
import type { SubmitResult, Submitter } from '@watchword/providers';
import type { DeliveryJob } from '@watchword/queues';
import { ATTRIBUTE, messageAttributes, type Spans } from '@watchword/runtime';
import type { JobResult } from './deliver-job.ts';

type Deliver = (job: DeliveryJob) => Promise<JobResult>;

/** Each run of a job is a span under the one that put it on the queue. */
export function traceJobs(spans: Spans, channel: Channel, deliver: Deliver): Deliver {
  const queue = deliveryQueueName(channel);
  return async (job) =>
    spans.run(
      {
        name: `process ${queue}`,
        kind: 'consumer',
        origin: { from: 'outside', traceparent: job.traceparent, mayBegin: false },
        attributes: {
          ...messageAttributes('bullmq', 'process', queue),
          [ATTRIBUTE.verification]: job.verificationId,
          [ATTRIBUTE.channel]: channel,
        },
      },
      async (span) => {
        const result = await deliver(job);
        span?.set({ [ATTRIBUTE.outcome]: result.outcome === 'done' ? result.what : result.outcome });
        if (result.outcome === 'permanent') span?.fail(result.outcome);
        return result;
      },
    );
}

/** A call to a provider. Our trace ends here: a vendor gets no `traceparent`, which would tell it who else is asked. */
export function traceSubmitter(spans: Spans, submitter: Submitter): Submitter {
  const { name: provider, type, channel } = submitter;
  return {
    name: provider,
    type,
    channel,
    submit: async (submission, signal) => {
      const { attemptId } = submission;
      const start = {
        name: `submit ${channel}`,
        kind: 'client',
        origin: { from: 'here' },
        attributes: {
          [ATTRIBUTE.verification]: parseAttemptId(attemptId)?.verificationId ?? '',
          [ATTRIBUTE.attempt]: attemptId,
          [ATTRIBUTE.channel]: channel,
          [ATTRIBUTE.provider]: provider,
        },
      } as const;
      return spans.run(start, async (span) => {
        const result: SubmitResult = await submitter.submit(submission, signal);
        span?.set({ [ATTRIBUTE.outcome]: result.outcome });
        if (result.outcome !== 'accepted') span?.fail(result.error);
        return result;
      });
    },
    close: async () => submitter.close(),
  };
}
