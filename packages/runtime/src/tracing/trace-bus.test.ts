import type {
  Bus,
  EventEnvelope,
  IncomingEvent,
  IncomingRecord,
  OutgoingEvent,
  SubscribeOptions,
} from '@watchword/bus';
import { BaseError, createVerificationId } from '@watchword/contracts';
import { expect, test } from 'vitest';
import { parseTraceparent } from './traceparent.ts';
import { traceBus } from './trace-bus.ts';
import { CALLER, CALLER_SPAN, TRACE_ID, startTestTracing } from '../../test/start-test-tracing.ts';

const ID = createVerificationId({ region: 'a', bucket: 7 });
const ENVELOPE: EventEnvelope = {
  id: `${ID}.3.x`,
  type: 't',
  source: 's',
  subject: ID,
  time: '2026-11-23T04:00:00.000Z',
};
const EVENT: OutgoingEvent = { topic: 'otp.check.v1', key: ID, envelope: ENVELOPE, data: '{"code":"123456"}' };
const RECORD: IncomingRecord = {
  topic: 'otp.request.v1',
  partition: 4,
  offset: '17',
  timestampMs: 1,
  key: ID,
  value: Buffer.from('{"to":"+4915112345678"}'),
  headers: {},
};

/** A bus that keeps what it is given. */
function stub() {
  const published: OutgoingEvent[] = [];
  let options: SubscribeOptions | undefined;
  const bus = {
    publish: async (event: OutgoingEvent) => {
      published.push(event);
      return Promise.resolve();
    },
    subscribe: async (given: SubscribeOptions) => {
      options = given;
      return Promise.resolve({});
    },
    health: () => 'its health',
  } as unknown as Bus;
  return {
    bus,
    published,
    handle: async (record: IncomingRecord | IncomingEvent) => options!.handle(record as IncomingEvent),
  };
}

test('an event carries the span that published it, and who takes it goes on under that', async () => {
  const { spans, collected, collector } = await startTestTracing();
  const { bus, published, handle } = stub();
  const traced = traceBus(bus, spans);
  expect(traced.health()).toBe('its health');
  await traced.publish({ ...EVENT, envelope: { ...ENVELOPE, traceparent: CALLER } });
  const { envelope } = published[0]!;
  const { 'send otp.check.v1': sent } = await collected(1);
  expect(sent).toMatchObject({ traceId: TRACE_ID, parentId: CALLER_SPAN, kind: 'producer' });
  expect(parseTraceparent(envelope.traceparent)).toMatchObject({ traceId: TRACE_ID, spanId: sent!.spanId });
  expect(published[0]).toMatchObject({ data: EVENT.data, key: ID });

  let active: string | undefined;
  await traced.subscribe({
    group: 'dispatcher',
    topics: ['otp.request.v1'],
    handle: async () => {
      active = spans.active();
      await traced.publish(EVENT);
    },
  });
  await handle({ ...RECORD, envelope });
  const { 'process otp.request.v1': taken, 'send otp.check.v1': next } = await collected(3);
  expect(taken).toMatchObject({ traceId: TRACE_ID, parentId: sent!.spanId, kind: 'consumer' });
  expect([parseTraceparent(active)!.spanId, next!.parentId]).toEqual([taken!.spanId, taken!.spanId]);
  expect(taken!.attributes).toEqual({
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'otp.request.v1',
    'messaging.consumer.group.name': 'dispatcher',
    'messaging.destination.partition.id': '4',
    'messaging.kafka.offset': 17,
    'messaging.message.id': ENVELOPE.id,
    'watchword.verification.id': ID,
  });
  for (const word of ['123456', '4915112345678']) expect(collector.bodies().join()).not.toContain(word);
});

test('an event of no trace is published as it is and begins none where it is taken, not even within another one’s span', async () => {
  const { spans, collector, close } = await startTestTracing();
  const { bus, published, handle } = stub();
  const traced = traceBus(bus, spans);
  await traced.publish(EVENT);
  expect(published[0]).toBe(EVENT);
  let active: string | undefined = 'not asked';
  await traced.subscribe({
    group: 'g',
    topics: ['t'],
    handle: async () => Promise.resolve(void (active = spans.active())),
  });
  await spans.run(
    { name: 'x', kind: 'internal', origin: { from: 'outside', traceparent: CALLER, mayBegin: false }, attributes: {} },
    async () => handle({ ...RECORD, envelope: ENVELOPE }),
  );
  expect(active).toBeUndefined();
  await close();
  expect(collector.spans().map(({ name }) => name)).toEqual(['x']);
});

test('what platforms emit begins traces; their keys, which may be anything, are not told', async () => {
  const { spans, collected, collector } = await startTestTracing();
  const { bus, handle } = stub();
  const fault = new BaseError('OTP_INGRESS_WAITING', 'x', { retry: true });
  await traceBus(bus, spans).subscribe({
    group: 'ingest',
    topics: ['otp.ingress.v1.shop'],
    envelope: 'none',
    handle: async () => Promise.reject(fault),
  });
  const record = { ...RECORD, topic: 'otp.ingress.v1.shop', key: '+4915112345678' };
  await expect(handle(record)).rejects.toBe(fault);
  const { 'process otp.ingress.v1.shop': span } = await collected(1);
  expect(span).toMatchObject({
    parentId: undefined,
    failed: true,
    attributes: { 'error.type': 'OTP_INGRESS_WAITING' },
  });
  await expect(handle({ ...record, headers: { traceparent: CALLER } })).rejects.toBe(fault);
  expect((await collected(2))['process otp.ingress.v1.shop']).toMatchObject({ parentId: CALLER_SPAN });
  expect(collector.bodies().join()).not.toContain('4915112345678');
});
