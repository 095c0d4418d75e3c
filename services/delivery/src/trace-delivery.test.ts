import { createVerificationId } from '@watchword/contracts';
import type { Submission, SubmitResult, Submitter } from '@watchword/providers';
import type { OpenSpan, SpanAttributes, SpanStart, Spans } from '@watchword/runtime';
import { expect, it } from 'vitest';
import type { JobResult } from './deliver-job.ts';
import { traceJobs, traceSubmitter } from './trace-delivery.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const ID = createVerificationId({ region: 'a', bucket: 7 });

function recorder() {
  const told: { start: SpanStart; attributes: SpanAttributes; failure?: string }[] = [];
  const spans = {
    run: async (start: SpanStart, work: (span: OpenSpan) => Promise<unknown>) => {
      const one: (typeof told)[number] = { start, attributes: {} };
      told.push(one);
      return work({
        traceparent: TRACE,
        set: (attributes) => Object.assign(one.attributes, attributes),
        fail: (type) => (one.failure = type),
        end: () => undefined,
      });
    },
  } as unknown as Spans;
  return { spans, told };
}

it.each<[JobResult, string, string | undefined]>([
  [{ outcome: 'done', what: 'accepted' }, 'accepted', undefined],
  [{ outcome: 'retry', delayMs: 5 }, 'retry', undefined],
  [{ outcome: 'permanent', reason: 'x' }, 'permanent', 'permanent'],
])(
  'a run of a job is told under the span that ordered it, with what came of it: %o',
  async (result, outcome, failure) => {
    const { spans, told } = recorder();
    const deliver = traceJobs(spans, 'voice', async () => Promise.resolve(result));
    expect(await deliver({ verificationId: ID, step: 0, send: 1, n: 1, traceparent: TRACE })).toBe(result);
    expect(told[0]!.start).toMatchObject({
      name: 'process deliver-voice',
      kind: 'consumer',
      origin: { from: 'outside', traceparent: TRACE, mayBegin: false },
    });
    expect([told[0]!.attributes, told[0]!.failure]).toEqual([{ 'watchword.outcome': outcome }, failure]);
  },
);

it.each<[SubmitResult, string | undefined]>([
  [{ outcome: 'accepted', providerMessageId: 'm-1' }, undefined],
  [{ outcome: 'rejected', error: 'blocked', retry: false, providerCode: '1330' }, 'blocked'],
  [{ outcome: 'unknown', error: 'timeout' }, 'timeout'],
])('a call to a provider is told by ids and classes, and handed over as it is: %o', async (result, failure) => {
  const { spans, told } = recorder();
  let handed: unknown[] = [];
  const north: Submitter = {
    name: 'north',
    type: 'vonage-messages',
    channel: 'sms',
    submit: async (...given) => {
      handed = given;
      return Promise.resolve(result);
    },
    close: async () => Promise.resolve(),
  };
  const submission: Submission = {
    attemptId: `${ID}.2`,
    to: '+4915112345678',
    content: { channel: 'sms', text: 'Your code is 123456' },
    ttlMs: 1,
    callbackUrl: 'http://x/webhooks/north',
  };
  const { signal } = new AbortController();
  expect(await traceSubmitter(spans, north).submit(submission, signal)).toBe(result);
  expect(handed).toEqual([submission, signal]);
  expect(told).toEqual([
    {
      start: {
        name: 'submit sms',
        kind: 'client',
        origin: { from: 'here' },
        attributes: {
          'watchword.verification.id': ID,
          'watchword.attempt.id': `${ID}.2`,
          'watchword.channel': 'sms',
          'watchword.provider': 'north',
        },
      },
      attributes: { 'watchword.outcome': result.outcome },
      ...(failure !== undefined && { failure }),
    },
  ]);
});
