import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import Fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Readiness } from '../probes.ts';
import type { Liveness } from '../process/watch-consumers.ts';
import { trackAllowedMethods } from './allowed-methods.ts';
import { boundRequests } from './bound-requests.ts';
import { createFaultLog } from './fault-log.ts';
import { measureRequests } from './http-metrics.ts';
import { limitHandlers } from './limit-handlers.ts';
import { VALIDATION } from './body-validator.ts';
import type { Spans } from '../tracing/spans.ts';
import { traceRequests } from '../tracing/trace-requests.ts';
import { PROBLEM_TYPE, buildProblem, problemOf, sendProblem } from './problem.ts';

/** The largest body that the API knows is a start with a workflow of six steps: a few KB. Webhooks stay below too. */
const BODY_LIMIT_BYTES = 64 * 1024;
/** Above the slowest honest handler (publish 3 s, Redis 2 s, once each). */
const HANDLER_TIMEOUT_MS = 15_000;
/** Longer than the idle time-out of common load balancers (60 s), so that they close first and no request is lost. */
const KEEP_ALIVE_MS = 72_000;
/** 64 KB over a slow line; a client that takes longer holds a socket for nothing (slowloris). */
const REQUEST_TIMEOUT_MS = 10_000;

export interface HttpServerOptions {
  log: Logger;
  metrics: Registry;
  /** Where tracing is configured. */
  spans?: Spans | undefined;
  readiness: Pick<Readiness, 'report'>;
  /** Left out: alive as long as it answers. */
  liveness?: Pick<Liveness, 'report'>;
  /** Time for a client to send its whole request. Default 10 s. */
  requestTimeoutMs?: number;
  bodyLimitBytes?: number;
  handlerTimeoutMs?: number;
  /** Makes request ids where the caller gave none. Default: UUIDs. */
  genReqId?: () => string;
  now?: () => number;
}

/**
 * A Fastify server as every service gets it: problems (RFC 9457) for every error, request ids, metrics per route,
 * `/livez`, `/readyz`, `/metrics`, no request log. Values are never coerced; unknown fields are refused where a schema
 * is closed. Routes are registered by the caller.
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const faultLog = createFaultLog(options.log, options.now ?? Date.now);
  const onError = (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
    answerError(error, request, reply, faultLog);
  // Named by its narrower type: a server typed by pino's logger fits no plugin's signature.
  const loggerInstance: FastifyBaseLogger = options.log;
  const app: FastifyInstance = Fastify({
    loggerInstance,
    // One own line per business event instead: the default two per request cost half of the throughput.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    bodyLimit: options.bodyLimitBytes ?? BODY_LIMIT_BYTES,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestIdHeader: false,
    genReqId: createRequestIds(options.genReqId ?? randomUUID),
    // While stopping, requests that came over a connection that stands are still served; the port is closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => {
      void onError(error, request, reply);
    },
    clientErrorHandler: answerBrokenRequest,
    ajv: { customOptions: VALIDATION },
  });
  // Fastify's own: a text would come to the schema as a string and be told that it is no object, where 415 says what is wrong.
  app.removeContentTypeParser('text/plain');
  const allowedMethods = trackAllowedMethods(app);
  measureRequests(app, options.metrics);
  boundRequests(app);
  limitHandlers(app, options.handlerTimeoutMs ?? HANDLER_TIMEOUT_MS);
  if (options.spans) traceRequests(app, options.spans.of('http'));
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  app.setErrorHandler(onError);
  app.setNotFoundHandler((request, reply) => answerNotFound(request, reply, allowedMethods));
  addProbes(app, options);
  return app;
}

const REQUEST_ID_FORM = /^[A-Za-z0-9._-]{8,64}$/;

/** The caller's `X-Request-Id` where it is harmless, so that one id runs through both logs; else one of our own. */
function createRequestIds(generate: () => string) {
  return (request: { headers: Record<string, string | string[] | undefined> }): string => {
    const given = request.headers['x-request-id'];
    return typeof given === 'string' && REQUEST_ID_FORM.test(given) ? given : generate();
  };
}

function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  faultLog: ReturnType<typeof createFaultLog>,
): FastifyReply {
  const problem = problemOf(error, request);
  if (problem.status >= 500) {
    const route = request.routeOptions.url ?? 'unmatched';
    faultLog(error, { request_id: request.id, route, status: problem.status });
  }
  return sendProblem(reply, problem);
}

function answerNotFound(
  request: FastifyRequest,
  reply: FastifyReply,
  allowedMethods: (path: string) => string[],
): FastifyReply {
  const allowed = allowedMethods(request.url.split('?', 1)[0] ?? '/');
  if (allowed.length === 0) return sendProblem(reply, { status: 404, code: 'not_found', detail: 'Nothing is here.' });
  void reply.header('allow', allowed.join(', '));
  const detail = `This path knows ${allowed.join(', ')}.`;
  return sendProblem(reply, { status: 405, code: 'method_not_allowed', detail });
}

/** For what is no HTTP at all, or too slow: there is no request yet to answer by the usual way. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 }[error.code ?? ''] ?? 400;
  const problem = buildProblem({ status, code: 'malformed_request' });
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${problem.title}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function addProbes(app: FastifyInstance, options: HttpServerOptions): void {
  // Answering at all is most of the proof: a stuck event loop does not. Nothing outside the process may kill it.
  app.get('/livez', (_request, reply) => {
    const state = options.liveness?.report() ?? { alive: true };
    return reply
      .code(state.alive ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(state);
  });
  app.get('/readyz', (_request, reply) => {
    const report = options.readiness.report();
    return reply
      .code(report.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(report);
  });
  app.get('/metrics', async (_request, reply) => {
    const page = await options.metrics.metrics();
    return reply.type(options.metrics.contentType).send(page);
  });
}
