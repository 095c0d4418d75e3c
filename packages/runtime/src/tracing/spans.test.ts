import { BaseError } from '@watchword/contracts';
import { describe, expect, test } from 'vitest';
import { traceToCarry, type SpanOrigin, type SpanStart, type Spans } from './spans.ts';
import { parseTraceparent } from './traceparent.ts';
import { CALLER, CALLER_SPAN, TRACE_ID, startTestTracing } from '../../test/start-test-tracing.ts';

const OTHER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const START = '00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01';

function span(name: string, origin: SpanOrigin): SpanStart {
  return { name, kind: 'internal', origin, attributes: {} };
}
const outside = (traceparent: string | undefined, mayBegin = false): SpanOrigin => ({
  from: 'outside',
  traceparent,
  mayBegin,
});
const verification = (traceparent: string | undefined): SpanOrigin => ({ from: 'verification', traceparent });
/** The context that is active within a span of that origin. */
const within = async (spans: Spans, origin: SpanOrigin) =>
  spans.run(span('x', origin), async () => Promise.resolve(parseTraceparent(spans.active())));

test('a span comes to the collector with its parent, its attributes and the process it was made in', async () => {
  const { spans, collector, collected } = await startTestTracing();
  const part = spans.of('verify');
  await part.run({ ...span('outer', outside(CALLER)), kind: 'server', begunMs: Date.now() - 5_000 }, async () =>
    part.run({ ...span('inner', { from: 'here' }), attributes: { a: 'b', n: 3 } }, async (inner) => {
      inner?.set({ c: 'd' });
      return Promise.resolve();
    }),
  );
  const { outer, inner } = await collected(2);
  expect(outer).toMatchObject({ traceId: TRACE_ID, parentId: CALLER_SPAN, kind: 'server', failed: false });
  expect(inner).toMatchObject({ traceId: TRACE_ID, parentId: outer!.spanId, attributes: { a: 'b', n: 3, c: 'd' } });
  expect(outer!.endMs - outer!.startMs).toBeGreaterThanOrEqual(5_000);
  expect(outer!.scope).toBe('watchword.verify');
  expect(outer!.resource).toMatchObject({
    'service.namespace': 'watchword',
    'service.name': 'ingest',
    'service.instance.id': 'ingest-1',
    'service.version': expect.any(String),
  });
  expect(collector.headers()).toMatchObject({ authorization: 'Bearer hunter2', 'content-type': 'application/json' });
});

describe('what came from outside', () => {
  test('decides by itself where it says whether it is sampled, whatever the share', async () => {
    for (const share of [0, 1]) {
      const { spans } = await startTestTracing(share);
      expect(await within(spans, outside(CALLER, true))).toMatchObject({ traceId: TRACE_ID });
      expect(await within(spans, outside(CALLER.replace(/01$/, '00'), true))).toBeUndefined();
    }
  });

  test('begins a trace of its own in the configured share, and only where it may', async () => {
    const none = await startTestTracing(0);
    expect(await within(none.spans, outside(undefined, true))).toBeUndefined();
    const all = await startTestTracing(1);
    expect(await within(all.spans, outside('no context', true))).toMatchObject({ sampled: true });
    expect(await within(all.spans, outside(undefined, false))).toBeUndefined();
  });

  test('has nothing to do with what is active', async () => {
    const { spans } = await startTestTracing();
    const found = await spans.run(span('x', outside(OTHER)), async () => [
      await within(spans, outside(CALLER)),
      await within(spans, outside(undefined)),
    ]);
    expect(found).toMatchObject([{ traceId: TRACE_ID }, undefined]);
  });
});

describe('what belongs to a verification', () => {
  test('is in its trace: under what is active there, else under the start, linked to what is active elsewhere', async () => {
    const { spans, collected } = await startTestTracing();
    await spans.run(span('same', outside(CALLER)), async () => within(spans.of('a'), verification(START)));
    const { same, x: child } = await collected(2);
    expect([child!.parentId, child!.links]).toEqual([same!.spanId, []]);
    await spans.run(span('other', outside(OTHER)), async () => within(spans, verification(START)));
    const { other, x: linked } = await collected(4);
    expect([linked!.traceId, linked!.parentId]).toEqual([TRACE_ID, '1111111111111111']);
    expect(linked!.links).toEqual([{ traceId: other!.traceId, spanId: other!.spanId }]);
    await within(spans, verification(START));
    const { x: alone } = await collected(5);
    expect([alone!.parentId, alone!.links]).toEqual(['1111111111111111', []]);
  });

  test.each([undefined, '', CALLER.replace(/01$/, '00'), 'x'])(
    'whose own is %o stays with what is active',
    async (own) => {
      const { spans } = await startTestTracing();
      expect(await within(spans, verification(own))).toBeUndefined();
      const [active, found] = await spans.run(span('x', outside(OTHER)), async () => [
        parseTraceparent(spans.active()),
        await within(spans, verification(own)),
      ]);
      expect(found!.traceId).toBe(active!.traceId);
    },
  );
});

test('a fault is told by its code or its class, and not in its words', async () => {
  const { spans, collector, collected } = await startTestTracing();
  const faults = [
    new BaseError('OTP_STATE_UNAVAILABLE', 'the secret words', { retry: true }),
    new TypeError('the secret words'),
  ];
  for (const [i, fault] of faults.entries()) {
    const failing = spans.run(span(`s${i}`, outside(CALLER)), async () => Promise.reject(fault));
    await expect(failing).rejects.toBe(fault);
  }
  const { s0, s1 } = await collected(2);
  expect([s0!.failed, s0!.attributes]).toEqual([true, { 'error.type': 'OTP_STATE_UNAVAILABLE' }]);
  expect([s1!.failed, s1!.attributes]).toEqual([true, { 'error.type': 'TypeError' }]);
  expect(collector.bodies().join()).not.toContain('secret words');
});

test('what is carried on is the active context; where nothing is traced here, the caller’s, if it is sampled', async () => {
  const { spans } = await startTestTracing();
  expect(traceToCarry(undefined, CALLER)).toBe(CALLER);
  for (const none of [undefined, 'x', ['a'], CALLER.replace(/01$/, '00')])
    expect(traceToCarry(undefined, none)).toBeUndefined();
  expect(traceToCarry(spans, CALLER)).toBeUndefined();
  await spans.run(span('x', outside(CALLER)), async () => {
    expect(traceToCarry(spans, OTHER)).toBe(spans.active());
    return Promise.resolve();
  });
});
