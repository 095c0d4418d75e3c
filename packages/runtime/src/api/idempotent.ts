import type { KeyRing } from '@watchword/otp';
import type { IdempotencyStore } from '@watchword/verification';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { buildProblem, sendProblem, PROBLEM_TYPE, type ProblemInput } from '../http/problem.ts';
import { tenantOf } from './authenticate.ts';
import { findCallName } from './name-call.ts';

/** What a handler answers: a body for a 2xx, or a problem. */
export type Answer = { status: 200 | 202; body: object } | { status: 'problem'; problem: ProblemInput };

export function answer(status: 200 | 202, body: object): Answer {
  return { status, body };
}

export function problem(input: ProblemInput): Answer {
  return { status: 'problem', problem: input };
}

/** What a call is known by, when it came with an Idempotency-Key. */
export interface CallIdentity {
  /** Keyed hash of tenant and key; '' without a key. */
  keyHash: string;
  /** The verification id to be used for a start; a retry after a crash gets the first try's. */
  id: string;
}

export interface IdempotencyDeps {
  store: IdempotencyStore;
  keys: KeyRing<'lookup'>;
  /** For a start: the verification id that it would use. */
  id?: string;
}

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
  const proposed = deps.id ?? '';
  const idempotencyKey = request.headers['idempotency-key'];
  if (typeof idempotencyKey !== 'string') return send(reply, await handle({ keyHash: '', id: proposed }));
  const { method, url, body } = request;
  const call = { tenant: tenantOf(request).id, idempotencyKey, method, url, body };
  const { keyHash, callHash } = await findCallName(deps.keys, call, async (hash) => deps.store.isKnown(hash));
  const reserved = await deps.store.reserve(keyHash, callHash, proposed);
  switch (reserved.outcome) {
    case 'answered':
      return replay(reply, reserved.status, reserved.body);
    case 'otherBody':
      return sendProblem(reply, {
        status: 422,
        code: 'idempotency_key_reused',
        detail: 'This Idempotency-Key was used with another request. Use a new key for a new request.',
      });
    case 'inFlight':
      return sendProblem(reply, {
        status: 409,
        code: 'idempotency_in_flight',
        detail: 'A call with this Idempotency-Key is in flight.',
        retryAfterMs: Math.min(reserved.retryAfterMs, 1000),
      });
    case 'reserved':
  }
  return runReserved(deps, { request, reply }, { keyHash, callHash, id: reserved.id }, handle);
}

async function runReserved(
  deps: IdempotencyDeps,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  call: CallIdentity & { callHash: string },
  handle: (call: CallIdentity) => Promise<Answer>,
): Promise<FastifyReply> {
  let result: Answer;
  try {
    result = await handle(call);
  } catch (error) {
    await deps.store.release(call.keyHash, call.callHash);
    throw error;
  }
  const { status, body } = render(result, request.id);
  const passing = status === 429 || status >= 500;
  try {
    if (passing) await deps.store.release(call.keyHash, call.callHash);
    else await deps.store.store(call.keyHash, call.callHash, status, body);
  } catch (error) {
    // the effect stands and its id is reserved: a retry finds it again
    request.log.warn({ err: error }, 'an answer could not be kept for its Idempotency-Key');
  }
  return send(reply, result);
}

function render(result: Answer, requestId: string): { status: number; body: string } {
  if (result.status !== 'problem') return { status: result.status, body: JSON.stringify(result.body) };
  return { status: result.problem.status, body: JSON.stringify(buildProblem(result.problem, requestId)) };
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
