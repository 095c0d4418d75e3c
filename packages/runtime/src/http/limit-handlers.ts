import { errorCodes, type FastifyInstance, type FastifyReply } from 'fastify';

/** How often it is looked who waits too long: a time-out need not be exact. */
const LOOK_MS = 250;

/**
 * Answers 503 `timeout` for a handler that has not answered in time. Fastify's own `handlerTimeout` makes an AbortController, a timer and
 * at the end a DOMException for each request: a tenth of what a check costs, for what almost never happens.
 */
export function limitHandlers(app: FastifyInstance, timeoutMs: number): void {
  /** With the monotonic ms at which each is too late; in that order, since all have the same time. */
  const open = new Map<FastifyReply, number>();
  const timer = setInterval(
    () => {
      const now = performance.now();
      for (const [reply, dueAt] of open) {
        if (dueAt > now) return;
        open.delete(reply);
        giveUp(reply, timeoutMs);
      }
    },
    Math.min(LOOK_MS, timeoutMs),
  ).unref();
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer);
    done();
  });
  app.addHook('onRequest', (_request, reply, done) => {
    open.set(reply, performance.now() + timeoutMs);
    reply.raw.once('close', () => open.delete(reply));
    done();
  });
}

function giveUp(reply: FastifyReply, timeoutMs: number): void {
  if (reply.sent) return;
  // what is half sent cannot become a problem any more
  if (reply.raw.headersSent) reply.raw.destroy();
  else void reply.send(new errorCodes.FST_ERR_HANDLER_TIMEOUT(String(timeoutMs), reply.request.routeOptions.url));
}
