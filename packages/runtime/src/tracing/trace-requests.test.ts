import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Type } from 'typebox';
import { expect, onTestFinished, test } from 'vitest';
import { createHttpServer } from '../http/create-http-server.ts';
import { parseTraceparent } from './traceparent.ts';
import { CALLER, CALLER_SPAN, TRACE_ID, startTestTracing } from '../../test/start-test-tracing.ts';

const CODE = '123456';

async function startServer(sample?: number) {
  const tracing = await startTestTracing(sample);
  const { spans } = tracing;
  const seen: (string | undefined)[] = [];
  const app = createHttpServer({
    log: pino({ level: 'silent' }),
    metrics: new Registry(),
    spans,
    readiness: { report: () => ({ ready: true, parts: {} }) },
  });
  const handle = async (): Promise<object> => {
    seen.push(spans.active());
    return Promise.resolve({ ok: true });
  };
  const body = Type.Object({ code: Type.String() });
  app.post('/v1/verifications/:id/check', { schema: { body } }, handle);
  app.post('/webhooks/:provider/*', handle);
  app.get('/v1/bug', () => {
    throw new Error('the secret words');
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => app.close());
  const call = async (method: string, path: string, more: { body?: object; traceparent?: string } = {}) => {
    const { traceparent } = more;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(traceparent && { traceparent }) },
      ...(more.body && { body: JSON.stringify(more.body) }),
    });
    await response.arrayBuffer();
    return response.status;
  };
  return { ...tracing, seen, call };
}

test('a request is a span under its caller’s, active in its handler, named by its route', async () => {
  const { call, collected, collector, seen } = await startServer(0);
  const path = `/v1/verifications/vf_1/check?code=${CODE}`;
  expect(await call('POST', path, { body: { code: CODE }, traceparent: CALLER })).toBe(200);
  const { 'POST /v1/verifications/:id/check': span } = await collected(1);
  expect(span).toMatchObject({ traceId: TRACE_ID, parentId: CALLER_SPAN, kind: 'server', failed: false });
  expect(span!.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/v1/verifications/:id/check',
    'http.response.status_code': 200,
  });
  expect(parseTraceparent(seen[0])!.spanId).toBe(span!.spanId);
  expect(collector.bodies().join()).not.toContain(CODE);
});

test('one that fails says so by its status', async () => {
  const { call, collected, collector } = await startServer();
  expect(await call('GET', '/v1/bug')).toBe(500);
  const { 'GET /v1/bug': span } = await collected(1);
  expect(span).toMatchObject({ parentId: undefined, failed: true, attributes: { 'error.type': '500' } });
  expect(collector.bodies().join()).not.toContain('secret words');
});

test('whoever is not let in, and probes, make no span; a vendor’s word on traces counts for nothing', async () => {
  const { call, collected, collector, close } = await startServer();
  const traceparent = CALLER;
  for (const path of ['/livez', '/readyz', '/metrics', '/v1/nothing']) await call('GET', path, { traceparent });
  expect(await call('POST', '/v1/verifications/vf_1/check', { body: {}, traceparent })).toBe(400);
  expect(await call('POST', '/webhooks/north/a-signature', { traceparent, body: {} })).toBe(200);
  const { 'POST /webhooks/:provider/*': webhook } = await collected(1);
  await close();
  expect(collector.spans()).toHaveLength(1);
  expect(webhook).toMatchObject({ parentId: undefined });
  expect(webhook!.traceId).not.toBe(TRACE_ID);
  expect(collector.bodies().join()).not.toContain('a-signature');
});

test('the share decides for callers that say nothing, and their word for those that do', async () => {
  const { call, seen, collector, close } = await startServer(0);
  const body = { code: CODE };
  await call('POST', '/v1/verifications/a/check', { body });
  await call('POST', '/v1/verifications/a/check', { body, traceparent: CALLER.replace(/01$/, '00') });
  await call('POST', '/v1/verifications/a/check', { body, traceparent: CALLER });
  await close();
  expect(seen.map((traceparent) => traceparent !== undefined)).toEqual([false, false, true]);
  expect(collector.spans()).toHaveLength(1);
});
