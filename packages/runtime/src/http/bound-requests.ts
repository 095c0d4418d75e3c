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
export const PROBES: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz', '/metrics']);

/**
 * Answers that take longer come too late: who asked has given up, or soon will, and asks again. Serving them all the same leaves no time
 * for anybody, for as long as the load lasts.
 */
const ANSWER_SLOW_MS = 1_500;
/** While answers are slow a process takes on no more than this at a time: some tens a second are answered within a second. */
const SLOW_AT_ONCE_MAX = 64;
/** Answers that the average is about. */
const AVERAGE_OF = 32;

export interface BoundOptions {
  requestsMax?: number;
  slowAtOnceMax?: number;
  /** Monotonic, ms. */
  now?: () => number;
}

/**
 * Answers 503 `overloaded` to what comes while as many requests as may be are not answered yet: some thousand, or, once answers
 * take longer than anybody waits, a few, so that these are answered in time.
 */
export function boundRequests(app: FastifyInstance, options: BoundOptions = {}): void {
  const { requestsMax = REQUESTS_IN_FLIGHT_MAX, slowAtOnceMax = SLOW_AT_ONCE_MAX } = options;
  const now = options.now ?? (() => performance.now());
  let inFlight = 0;
  let averageMs = 0;

  app.addHook('onRequest', async (request, reply) => {
    if (PROBES.has(request.routeOptions.url)) return;
    if (inFlight >= requestsMax || (averageMs > ANSWER_SLOW_MS && inFlight >= slowAtOnceMax)) {
      const detail = 'This process has as many requests under way as it can bear.';
      return sendProblem(reply, { status: 503, code: 'overloaded', detail, retryAfterMs: RETRY_AFTER_MS });
    }
    inFlight += 1;
    // Not `onResponse`: that one does not come for a client who hung up.
    reply.raw.once('close', () => (inFlight -= 1));
  });
  // not before: how long a client takes to send its body says nothing of us
  app.addHook('preValidation', (request, reply, done) => {
    if (!PROBES.has(request.routeOptions.url)) {
      const begunAt = now();
      reply.raw.once('close', () => {
        averageMs += (now() - begunAt - averageMs) / AVERAGE_OF;
      });
    }
    done();
  });
}
