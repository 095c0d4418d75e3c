import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem, PROBLEM_TYPE } from '../http/problem.ts';
import { tenantOf } from './authenticate.ts';
import { callOnce, type Answer, type CallIdentity, type OnceDeps } from './call-once.ts';

export type IdempotencyDeps = Pick<OnceDeps, 'store' | 'keys' | 'id'>;

/** How soon a caller asks again for the answer of a call that is still in flight. */
const IN_FLIGHT_RETRY_MS = 1000;

/**
 * Runs a handler under the request's Idempotency-Key, if it has one: the same key and body get the same answer for 24 h,
 * problems included, with `Idempotency-Replayed: true`; another body 422; while in flight 409. Faults (503, 429) are not
 * kept: the caller is told to try again, and may.
 */
export async function runIdempotently(
  deps: IdempotencyDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  handle: (call: CallIdentity) => Promise<Answer>,
): Promise<FastifyReply> {
  const idempotencyKey = request.headers['idempotency-key'];
  if (typeof idempotencyKey !== 'string') return send(reply, await handle({ keyHash: '', id: deps.id ?? '' }));
  const { method, url, body } = request;
  const call = { tenant: tenantOf(request).id, idempotencyKey, method, url, body };
  const onUnkept = (error: unknown): void =>
    request.log.warn({ err: error }, 'an answer could not be kept for its Idempotency-Key');
  const result = await callOnce({ ...deps, requestId: request.id, onUnkept }, call, handle);
  switch (result.outcome) {
    case 'replayed':
      return replay(reply, result.status, result.body);
    case 'inFlight':
      return sendProblem(reply, {
        status: 409,
        code: 'idempotency_in_flight',
        detail: 'A call with this Idempotency-Key is in flight.',
        retryAfterMs: Math.min(result.retryAfterMs, IN_FLIGHT_RETRY_MS),
      });
    case 'answered':
      return send(reply, result.answer);
  }
}

function send(reply: FastifyReply, result: Answer): FastifyReply {
  return result.status === 'problem' ? sendProblem(reply, result.problem) : reply.code(result.status).send(result.body);
}

function replay(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply
    .code(status)
    .type(status < 400 ? 'application/json; charset=utf-8' : PROBLEM_TYPE)
    .header('idempotency-replayed', 'true')
    .serializer((text: string) => text)
    .send(body);
}
