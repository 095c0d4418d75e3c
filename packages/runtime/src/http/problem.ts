import { STATUS_CODES } from 'node:http';
import { BaseError } from '@watchword/contracts';
import type { ErrorCode, Problem } from '@watchword/contracts';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { describeValidation } from './validation-problem.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** When to come back after a fault that names no time: outages of Redis or Kafka rarely end sooner. */
const RETRY_AFTER_MS = 1000;

export interface ProblemInput {
  status: number;
  /** Stable, for programs: `rate_limited`. */
  code?: string;
  /** For people. Never an echo of what was sent. */
  detail?: string;
  errors?: { path: string; message: string }[];
  /** Becomes `Retry-After` and `retry_after`, in whole seconds, rounded up. */
  retryAfterMs?: number;
}

/** What the faults are over HTTP: the one place that says so. What is not listed is ours to mend: 500. */
const FAULTS: Partial<Record<ErrorCode, { status: number; detail: string }>> = {
  OTP_BUS_FULL: { status: 503, detail: 'The event bus is overloaded.' },
  OTP_BUS_TIMEOUT: { status: 503, detail: 'The event bus did not answer in time.' },
  OTP_BUS_UNAVAILABLE: { status: 503, detail: 'The event bus cannot be reached.' },
  OTP_BUS_CLOSED: { status: 503, detail: 'This process is shutting down.' },
  OTP_STATE_UNAVAILABLE: { status: 503, detail: 'The state cannot be reached.' },
  OTP_STATE_CONFLICT: { status: 503, detail: 'The verification is changing too fast.' },
  OTP_STATE_SCHEMA: {
    status: 503,
    detail: 'The verification was written by a newer version; a roll-out is under way.',
  },
  OTP_QUEUE_UNAVAILABLE: { status: 503, detail: 'The queue cannot be reached.' },
};
const OUR_FAULT = { status: 500, detail: 'Something went wrong here; the logs know more by the request id.' };

/** While Redis is being restored: it may be there after all, or be approved already. */
export const BEING_RESTORED: ProblemInput = {
  status: 503,
  code: 'being_restored',
  detail: 'The state is being restored after an outage, and what happened to this verification is not known yet.',
  retryAfterMs: 2_000,
};

/** The body of a problem (RFC 9457). `requestId` is what the logs of this request carry. */
export function buildProblem(input: ProblemInput, requestId?: string): Problem {
  const retryAfter = input.retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(input.retryAfterMs / 1000));
  return {
    type: input.code === undefined ? 'about:blank' : `urn:watchword:problem:${input.code}`,
    title: STATUS_CODES[input.status] ?? 'Error',
    status: input.status,
    ...(input.detail === undefined ? {} : { detail: input.detail }),
    ...(input.code === undefined ? {} : { code: input.code }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(input.errors === undefined ? {} : { errors: input.errors }),
    ...(retryAfter === undefined ? {} : { retry_after: retryAfter }),
  };
}

/** Answers with a problem. The body is written here, so that a route's answer schema cannot cut it. */
export function sendProblem(reply: FastifyReply, input: ProblemInput): FastifyReply {
  const problem = buildProblem(input, reply.request.id);
  if (problem.retry_after !== undefined) void reply.header('retry-after', String(problem.retry_after));
  return reply
    .header('x-request-id', reply.request.id)
    .code(input.status)
    .type(PROBLEM_TYPE)
    .serializer((body: string) => body)
    .send(JSON.stringify(problem));
}

/** What to answer for an error that a handler or Fastify itself threw. */
export function problemOf(error: unknown, request?: FastifyRequest): ProblemInput {
  if (error instanceof BaseError) {
    const fault = FAULTS[error.code] ?? OUR_FAULT;
    const retryAfterMs = fault.status === 503 ? (error.retryAfterMs ?? RETRY_AFTER_MS) : undefined;
    return { ...fault, code: error.code.toLowerCase(), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const { validation, validationContext, statusCode, code } = error as Partial<FastifyError>;
  if (validation) {
    const errors = describeValidation(validation, validationContext ?? 'body');
    return { status: 400, code: 'invalid_request', detail: 'The request is not of the right shape.', errors };
  }
  if (code === 'FST_ERR_HANDLER_TIMEOUT') {
    return { status: 503, code: 'timeout', detail: 'It took too long.', retryAfterMs: RETRY_AFTER_MS };
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return clientProblem(statusCode, request);
  return { ...OUR_FAULT, code: 'internal' };
}

/** Fastify's own messages are not passed on: some quote the body. */
function clientProblem(status: number, request?: FastifyRequest): ProblemInput {
  const limit = request?.routeOptions.bodyLimit;
  switch (status) {
    case 400:
      return { status, code: 'invalid_request', detail: 'The request is no valid JSON.' };
    case 413:
      return { status, code: 'too_large', detail: `The body is larger than ${limit ?? 'allowed'} bytes.` };
    case 414:
      return { status, code: 'too_long', detail: 'The path is too long.' };
    case 415:
      return { status, code: 'unsupported_media_type', detail: 'Send JSON, as content-type: application/json.' };
    default:
      return { status };
  }
}
