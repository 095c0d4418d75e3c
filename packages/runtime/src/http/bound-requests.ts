import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problem.ts';

/**
 * Requests that a process works on at the same time. Each may hold a body of 64 KB and, while Redis or Kafka hangs, waits for
 * seconds: beyond this, waiting is refused before it costs memory. One process answers some thousand a second in
 * milliseconds, so an honest load stays far below.
 */
const REQUESTS_IN_FLIGHT_MAX = 2_000;
/** A hang of Redis is over or known by then. */
const RETRY_AFTER_MS = 2_000;
/** Whoever looks after the process must get an answer above all when it is overloaded. */
const PROBES: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz', '/metrics']);

/** Answers 503 `overloaded` to what comes while as many requests as may be are not answered yet. */
export function boundRequests(app: FastifyInstance, requestsMax: number = REQUESTS_IN_FLIGHT_MAX): void {
  let inFlight = 0;
  app.addHook('onRequest', async (request, reply) => {
    if (PROBES.has(request.routeOptions.url)) return;
    if (inFlight >= requestsMax) {
      const detail = 'This process has as many requests under way as it can bear.';
      return sendProblem(reply, { status: 503, code: 'overloaded', detail, retryAfterMs: RETRY_AFTER_MS });
    }
    inFlight += 1;
    // Not `onResponse`: that one does not come for a client who hung up.
    reply.raw.once('close', () => (inFlight -= 1));
  });
}
