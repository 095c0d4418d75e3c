import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { Gauge, Histogram } from 'prom-client';

/** From a check answered out of memory to the publish deadline of an admission (3 s) and the handler's time-out. */
const BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

/** Rate, errors and duration per route. The label is the route's pattern, never the path: paths hold ids. */
export function measureRequests(app: FastifyInstance, registry: Registry): void {
  const duration = new Histogram({
    name: 'watchword_http_request_duration_seconds',
    help: 'Time from the request’s arrival to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  const inFlight = new Gauge({
    name: 'watchword_http_requests_in_flight',
    help: 'Requests that were not answered yet.',
    registers: [registry],
  });
  app.addHook('onRequest', (_request, reply, done) => {
    inFlight.inc();
    // Not `onResponse`: that one does not come for a client who hung up.
    reply.raw.once('close', () => inFlight.dec());
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}
