import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { BaseError } from '@watchword/contracts';
import type { ErrorCode } from '@watchword/contracts';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Type } from 'typebox';
import { afterEach, describe, expect, test } from 'vitest';
import { createMetrics } from '../metrics.ts';
import { closeHttpServer } from './close-http-server.ts';
import { createHttpServer } from './create-http-server.ts';
import { keepRawBody } from './raw-body.ts';

const Body = Type.Object(
  {
    to: Type.String({ pattern: '^\\+[0-9]+$' }),
    code: Type.String({ maxLength: 10 }),
    n: Type.Optional(Type.Integer({ minimum: 1 })),
    steps: Type.Optional(Type.Array(Type.Object({ channel: Type.Enum(['sms', 'voice']) }))),
  },
  { additionalProperties: false },
);

const opened: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((app) => app.close()));
});

function server(
  options: { ready?: boolean; stuck?: boolean; lines?: string[]; now?: () => number; timeoutMs?: number } = {},
) {
  const metrics = createMetrics({ service: 'test', instance: 'test-1' });
  const log = pino({ level: 'warn' }, { write: (line) => void options.lines?.push(line) });
  const parts = { 'redis.state': { ready: false, reason: 'ECONNREFUSED' } } as const;
  const report = () => (options.ready === false ? { ready: false, parts } : { ready: true, parts: {} });
  const app = createHttpServer({
    log,
    metrics,
    readiness: { report },
    liveness: { report: () => (options.stuck ? { alive: false, reason: 'stuck' } : { alive: true }) },
    bodyLimitBytes: 1000,
    handlerTimeoutMs: options.timeoutMs ?? 200,
    now: options.now ?? Date.now,
  });
  opened.push(app);
  app.post('/v1/things/:id', { schema: { body: Body } }, () => ({ ok: true }));
  app.get('/v1/things/:id', () => ({ ok: true }));
  app.get<{ Params: { code: ErrorCode } }>('/fault/:code', (request) => {
    throw new BaseError(request.params.code, 'secret words', { retry: true });
  });
  app.get('/later', () => {
    throw new BaseError('OTP_STATE_UNAVAILABLE', 'x', { retry: true, retryAfterMs: 2500 });
  });
  app.get('/bug', () => {
    throw new Error('+4915123456789 is broken');
  });
  app.get('/hang', () => new Promise(() => undefined));
  void app.register((scope, _options, done) => {
    keepRawBody(scope);
    scope.post('/raw', (request) => ({ raw: (request.body as Buffer).toString('hex') }));
    done();
  });
  return { app, metrics };
}

const json = { 'content-type': 'application/json' };

describe('every error is a problem', () => {
  test.for([
    ['an unknown path', 'GET', '/nope', undefined, {}, 404, 'not_found'],
    ['a wrong method', 'PUT', '/v1/things/7', undefined, {}, 405, 'method_not_allowed'],
    ['broken JSON', 'POST', '/v1/things/7', '{"to":"+491512', json, 400, 'invalid_request'],
    ['an empty body', 'POST', '/v1/things/7', '', json, 400, 'invalid_request'],
    ['a body that is too large', 'POST', '/v1/things/7', `"${'a'.repeat(2000)}"`, json, 413, 'too_large'],
    [
      'another content type',
      'POST',
      '/v1/things/7',
      '<a/>',
      { 'content-type': 'text/xml' },
      415,
      'unsupported_media_type',
    ],
    ['a path that is not encoded rightly', 'GET', '/v1/things/%zz', undefined, {}, 400, 'invalid_request'],
    ['a bug', 'GET', '/bug', undefined, {}, 500, 'internal'],
    ['a handler that hangs', 'GET', '/hang', undefined, {}, 503, 'timeout'],
  ] as const)('%s', async ([, method, url, payload, headers, status, code]) => {
    const { app } = server();
    const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const problem = answer.json();
    expect(problem).toMatchObject({ type: `urn:watchword:problem:${code}`, status, code });
    expect(problem.request_id).toBe(answer.headers['x-request-id']);
    expect(problem.title).toBeTypeOf('string');
    expect(answer.body).not.toContain('49151');
  });

  test('a text is no body that the API takes, and is not held against its schema', async () => {
    const headers = { 'content-type': 'text/plain' };
    const payload = '{"to":"+49","code":"1"}';
    const answer = await server().app.inject({ method: 'POST', url: '/v1/things/7', headers, payload });
    expect(answer.statusCode).toBe(415);
    expect(answer.json().code).toBe('unsupported_media_type');
  });

  test('a wrong method is told the right ones', async () => {
    const answer = await server().app.inject({ method: 'DELETE', url: '/v1/things/7?a=b' });
    expect(answer.headers['allow']).toBe('GET, HEAD, POST');
  });

  test.for([
    ['OTP_STATE_UNAVAILABLE', 503],
    ['OTP_BUS_TIMEOUT', 503],
    ['OTP_BUS_FULL', 503],
    ['OTP_QUEUE_UNAVAILABLE', 503],
    ['OTP_SEAL_BROKEN', 500],
  ] as const)('the fault %s is %s, without its message', async ([code, status]) => {
    const answer = await server().app.inject(`/fault/${code}`);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().code).toBe(code.toLowerCase());
    expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
    expect(answer.body).not.toContain('secret words');
  });

  test('a fault that knows when to come back says so, rounded up to seconds', async () => {
    const answer = await server().app.inject('/later');
    expect(answer.headers['retry-after']).toBe('3');
    expect(answer.json().retry_after).toBe(3);
  });

  test('what is no HTTP at all', async () => {
    const { app } = server();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.end('NONSENSE\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toContain('HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json');
  });
});

describe('a request of the wrong shape', () => {
  test('is told every field and what was expected, and never its own values', async () => {
    const payload = { to: '0151 2345678', code: 123456, n: 0, extra: 'x', steps: [{ channel: 'pigeon' }] };
    const answer = await server().app.inject({ method: 'POST', url: '/v1/things/7', payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([
      { path: 'extra', message: 'is no known field' },
      { path: 'to', message: 'expected a text of the form ^\\+[0-9]+$' },
      { path: 'code', message: 'expected string' },
      { path: 'n', message: 'expected >= 1' },
      { path: 'steps[0].channel', message: 'expected one of sms, voice' },
    ]);
    for (const value of ['2345678', '123456', 'pigeon']) expect(answer.body).not.toContain(value);
  });

  test('is not bent into shape: a number is no text and an unknown field is not dropped', async () => {
    const { app } = server();
    const payload = { to: '+49', code: '1' };
    expect((await app.inject({ method: 'POST', url: '/v1/things/7', payload })).statusCode).toBe(200);
    expect(
      (await app.inject({ method: 'POST', url: '/v1/things/7', payload: { ...payload, n: '5' } })).statusCode,
    ).toBe(400);
    expect((await app.inject({ method: 'POST', url: '/v1/things/7', payload: { ...payload, x: 1 } })).statusCode).toBe(
      400,
    );
  });

  test('an address as the name of a field is masked', async () => {
    const payload = { to: '+49', code: '1', 'anna@example.com': 1 };
    const answer = await server().app.inject({ method: 'POST', url: '/v1/things/7', payload });
    expect(answer.json().errors).toEqual([{ path: 'a***@example.com', message: 'is no known field' }]);
  });
});

test('liveness is one thing and readiness another', async () => {
  const unready = server({ ready: false }).app;
  expect((await unready.inject('/readyz')).statusCode).toBe(503);
  expect((await unready.inject('/livez')).statusCode).toBe(200);
  const answer = await server({ stuck: true }).app.inject('/livez');
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toEqual({ alive: false, reason: 'stuck' });
});

describe('request ids', () => {
  test('the caller’s is kept where it is harmless', async () => {
    const answer = await server().app.inject({ url: '/livez', headers: { 'x-request-id': 'abc-12345' } });
    expect(answer.headers['x-request-id']).toBe('abc-12345');
  });

  test('another gets one of ours', async () => {
    const answer = await server().app.inject({ url: '/livez', headers: { 'x-request-id': 'a b\tc'.repeat(20) } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

test('a raw body comes byte by byte, whatever it calls itself, and only where it was asked for', async () => {
  const { app } = server();
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
    const payload = Buffer.from([0x7b, 0xff, 0x00, 0x0a]);
    const answer = await app.inject({ method: 'POST', url: '/raw', headers: { 'content-type': type }, payload });
    expect(answer.json()).toEqual({ raw: '7bff000a' });
  }
  expect((await app.inject({ method: 'POST', url: '/raw' })).json()).toEqual({ raw: '' });
  expect((await app.inject({ method: 'POST', url: '/v1/things/7', payload: { to: '+1', code: '1' } })).statusCode).toBe(
    200,
  );
});

describe('probes', () => {
  test('/livez answers while nothing else is ready; /readyz says which part is not', async () => {
    const { app } = server({ ready: false });
    expect((await app.inject('/livez')).statusCode).toBe(200);
    const answer = await app.inject('/readyz');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ ready: false, parts: { 'redis.state': { ready: false, reason: 'ECONNREFUSED' } } });
    expect((await server().app.inject('/readyz')).statusCode).toBe(200);
  });

  test('/metrics counts by the route’s pattern, never by a path', async () => {
    const { app } = server();
    await app.inject('/v1/things/vf_secret');
    await app.inject('/nobody/+4915123456789');
    const page = (await app.inject('/metrics')).body;
    const count = 'http_server_request_duration_seconds_count{service="test",http_request_method="GET"';
    expect(page).toContain(`${count},http_route="/v1/things/:id",http_response_status_code="200",error_type=""} 1\n`);
    expect(page).toContain(`${count},http_route="",http_response_status_code="404",error_type=""} 1\n`);
    // The request for the page itself.
    expect(page).toMatch(/http_server_active_requests\{[^}]*\} 1\n/);
    expect(page).toMatch(
      /watchword_build_info\{version="[0-9.]+",node="v[0-9.]+",service_instance_id="test-1",service="test"\} 1/,
    );
    expect(page).toContain('nodejs_eventloop_lag_seconds');
    expect(page).not.toMatch(/vf_secret|4915123/);
  });
});

test('an outage is logged once a second per route, with the number of silent repeats', async () => {
  const lines: string[] = [];
  let nowMs = 5000;
  const { app } = server({ lines, now: () => nowMs });
  for (let call = 0; call < 10; call++) await app.inject('/fault/OTP_STATE_UNAVAILABLE');
  expect(lines).toHaveLength(1);
  nowMs += 1000;
  await app.inject('/fault/OTP_STATE_UNAVAILABLE');
  expect(lines).toHaveLength(2);
  expect(JSON.parse(lines[1]!)).toMatchObject({ suppressed: 9, route: '/fault/:code', status: 503 });
});

test('closing lets a request in flight end and cuts one that does not', async () => {
  const { app } = server({ timeoutMs: 60_000 });
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  app.get('/slow', async () => {
    arrive();
    await released;
    return { ok: true };
  });
  const stuck = Promise.withResolvers<void>();
  app.get('/stuck', () => {
    stuck.resolve();
    return new Promise(() => undefined);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const get = (path: string) =>
    new Promise<number | string>((resolve) => {
      const call = httpRequest({ port, host: '127.0.0.1', path }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      });
      call.on('error', () => resolve('cut')).end();
    });
  const slow = get('/slow');
  const cut = get('/stuck');
  await Promise.all([arrived, stuck.promise]);
  const closing = closeHttpServer(app, 300);
  release();
  expect(await slow).toBe(200);
  expect(await cut).toBe('cut');
  await closing;
  expect(await get('/livez')).toBe('cut');
});
