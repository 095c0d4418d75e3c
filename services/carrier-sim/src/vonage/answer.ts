import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { Answer } from '../fate.ts';
import type { SimProvider } from '../providers.ts';
import { PROBLEMS, sendProblem } from './problem.ts';

/** How long a connection that gets no answer is held before it is cut: longer than any sensible caller waits. */
const HANG_MAX_MS = 120_000;

/** The page that a proxy in the way shows, with status 200. */
const PROXY_PAGE =
  '<!doctype html><html><head><title>Please log in</title></head><body><h1>Network login</h1></body></html>\n';

/**
 * Answers a submission as its fate wants it, after the provider's own time.
 * @param accept what a submission gets that was taken; `refuseNumber` what one gets for a number that cannot be
 */
export async function answerSubmission(
  reply: FastifyReply,
  provider: SimProvider,
  answer: Answer,
  accept: () => FastifyReply,
  refuseNumber: () => FastifyReply,
): Promise<FastifyReply> {
  const { submit_latency_ms: latencyMs, throttle_retry_after_s: retryAfterS } = provider.behaviour;
  if (latencyMs > 0) await sleep(latencyMs);
  switch (answer) {
    case 'accepted':
    case 'black_hole':
    case 'blocked':
      return accept();
    case 'invalid_number':
      return refuseNumber();
    case 'throttle':
      return sendProblem(reply.header('retry-after', retryAfterS), PROBLEMS.throttled);
    case 'http_500':
      return sendProblem(reply, PROBLEMS.internal);
    case 'html_200':
      return reply.code(200).header('content-type', 'text/html').send(PROXY_PAGE);
    case 'hang':
    case 'accept_then_hang':
      return hang(reply);
    case 'reset':
      return cutConnection(reply);
  }
}

/** Never answers; the connection stays open until the caller closes it or two minutes are over. */
function hang(reply: FastifyReply): FastifyReply {
  const { socket } = reply.raw;
  const timer = setTimeout(() => socket?.destroy(), HANG_MAX_MS);
  socket?.once('close', () => clearTimeout(timer));
  return reply.hijack();
}

/** Cuts the connection (TCP RST), so that the caller cannot know what became of its request. */
function cutConnection(reply: FastifyReply): FastifyReply {
  reply.raw.socket?.resetAndDestroy();
  return reply.hijack();
}
