import { HTTP_METHODS, METRICS, gaugeOf, histogramOf } from '@watchword/metrics';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

const KNOWN_METHODS: ReadonlySet<string> = new Set(HTTP_METHODS);

/**
 * Rate, errors and duration per route, as OpenTelemetry's conventions name them. The label is the route's pattern, never the
 * path: paths hold ids. Where nothing is there it is empty.
 */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const duration = histogramOf(registry, METRICS.requestDuration);
  const active = gaugeOf(registry, METRICS.activeRequests);
  app.addHook('onRequest', (request, reply, done) => {
    const labels = { http_request_method: methodOf(request.method) };
    active.inc(labels);
    // Not `onResponse`: that one does not come for a client who hung up.
    reply.raw.once('close', () => active.dec(labels));
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { statusCode } = reply;
    const labels = {
      http_request_method: methodOf(request.method),
      http_route: request.routeOptions.url ?? '',
      http_response_status_code: statusCode,
      error_type: statusCode >= 500 ? statusCode : '',
    };
    duration.observe(labels, reply.elapsedTime / 1000);
    done();
  });
}

function methodOf(method: string): string {
  return KNOWN_METHODS.has(method) ? method : '_OTHER';
}
