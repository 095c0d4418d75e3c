import type { Channel } from '@watchword/contracts';
import type { DeliveryJob } from '@watchword/queues';
import type { OpenSpan, SpanStart, Spans } from '@watchword/runtime';
import { expect, it } from 'vitest';
import { createEnqueue } from './enqueue-commands.ts';

const START = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const SENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01';
const COMMANDS = [
  { channel: 'sms', step: 0, send: 1, n: 1 },
  { channel: 'voice', step: 1, send: 2, n: 1 },
] as const;

function bench(spans?: Spans) {
  const added: Partial<Record<Channel, DeliveryJob[]>> = {};
  const queueOf = (channel: Channel) => ({
    addAll: async (jobs: readonly DeliveryJob[]) => {
      (added[channel] ??= []).push(...jobs);
      return Promise.resolve();
    },
  });
  const queues = new Map((['sms', 'voice'] as const).map((channel) => [channel, queueOf(channel)]));
  return { enqueue: createEnqueue(queues, spans), added };
}

it('puts each command on its channel’s queue, with the trace of its verification if it has one', async () => {
  const { enqueue, added } = bench();
  await enqueue({ id: 'v', traceparent: '' }, COMMANDS);
  expect(added).toEqual({
    sms: [{ verificationId: 'v', step: 0, send: 1, n: 1 }],
    voice: [{ verificationId: 'v', step: 1, send: 2, n: 1 }],
  });
  await enqueue({ id: 'w', traceparent: START }, [COMMANDS[0]]);
  expect(added.sms![1]).toEqual({ verificationId: 'w', step: 0, send: 1, n: 1, traceparent: START });
});

it('where it is traced, a job carries the span that put it there', async () => {
  const starts: SpanStart[] = [];
  const spans = {
    run: async (start: SpanStart, work: (span: OpenSpan | undefined) => Promise<void>) => {
      starts.push(start);
      return work(
        start.origin.from === 'verification' && start.origin.traceparent
          ? ({ traceparent: SENT } as OpenSpan)
          : undefined,
      );
    },
  } as unknown as Spans;
  const { enqueue, added } = bench(spans);
  await enqueue({ id: 'v', traceparent: START }, [COMMANDS[0]]);
  await enqueue({ id: 'w', traceparent: '' }, [COMMANDS[0]]);
  expect(added.sms!.map(({ traceparent }) => traceparent)).toEqual([SENT, undefined]);
  expect(starts[0]).toMatchObject({
    name: 'send deliver-sms',
    kind: 'producer',
    origin: { from: 'verification', traceparent: START },
    attributes: {
      'messaging.system': 'bullmq',
      'messaging.destination.name': 'deliver-sms',
      'watchword.verification.id': 'v',
    },
  });
});
