import type { FastifyInstance } from 'fastify';
import { PROBES } from '../http/bound-requests.ts';
import { ATTRIBUTE } from './attributes.ts';
import type { Spans } from './spans.ts';

/** Its callers have shown a key by then, so their word on sampling counts; nobody else's does. */
const API = '/v1/';
const SERVER_ERROR = 500;

/**
 * A span for each request that is let in, from its arrival to the end of its answer; the handler runs within. One that is refused
 * before (401, 400, overloaded) has none: whoever has no key could fill the collector.
 */
export function traceRequests(app: FastifyInstance, spans: Spans): void {
  // after the body has come, whose stream would lose what is active
  app.addHook('preHandler', (request, reply, done) => {
    const route = request.routeOptions.url;
    if (route === undefined || PROBES.has(route)) return done();
    const { traceparent } = request.headers;
    const trusted = route.startsWith(API) && typeof traceparent === 'string' ? traceparent : undefined;
    const span = spans.open({
      name: `${request.method} ${route}`,
      kind: 'server',
      origin: { from: 'outside', traceparent: trusted, mayBegin: true },
      attributes: { [ATTRIBUTE.httpMethod]: request.method, [ATTRIBUTE.httpRoute]: route },
      begunMs: Date.now() - reply.elapsedTime,
    });
    // Not `onResponse`: that one does not come for a client who hung up.
    if (span) {
      reply.raw.once('close', () => {
        span.set({ [ATTRIBUTE.httpStatus]: reply.statusCode });
        if (reply.statusCode >= SERVER_ERROR) span.fail(String(reply.statusCode));
        span.end();
      });
    }
    spans.within(span, done);
  });
}
