import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import type { FieldError } from '../field-errors.ts';

/** An error as Vonage answers it: https://developer.vonage.com/api-errors */
export interface VonageProblem {
  status: number;
  /** What follows `https://developer.vonage.com/api-errors`, e.g. `/messages#1170`. */
  type: string;
  title: string;
  detail: string;
  invalidParameters?: { name: string; reason: string }[];
}

export const PROBLEMS = {
  unauthorized: {
    status: 401,
    type: '#unauthorized',
    title: 'You did not provide correct credentials.',
    detail: "Check that you're using the correct credentials, and that your account has this feature enabled",
  },
  invalidJson: {
    status: 422,
    type: '#invalid-json',
    title: 'The request body did not contain valid JSON',
    detail: 'The body could not be read as JSON.',
  },
  throttled: {
    status: 429,
    type: '/messages#1000',
    title: 'Rate Limit Hit',
    detail: 'Please wait, then retry your request',
  },
  internal: {
    status: 500,
    type: '/messages#1030',
    title: 'Internal error',
    detail: 'There was an error processing your request in the Platform.',
  },
  invalidNumber: {
    status: 422,
    type: '/messages#1170',
    title: 'Invalid recipient',
    detail: 'The `to` parameter is invalid for the given channel.',
  },
  notFound: {
    status: 404,
    type: '#not-found',
    title: 'Not Found',
    detail: 'There is no such resource.',
  },
} satisfies Record<string, VonageProblem>;

export function sendProblem(reply: FastifyReply, problem: VonageProblem): FastifyReply {
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .send(
      JSON.stringify({
        type: `https://developer.vonage.com/api-errors${problem.type}`,
        title: problem.title,
        detail: problem.detail,
        instance: randomUUID().replaceAll('-', ''),
        ...(problem.invalidParameters ? { invalid_parameters: problem.invalidParameters } : {}),
      }),
    );
}

/** JSON pointers as Vonage names parameters: `/sms/entity_id` is `sms.entity_id`. */
export function toInvalidParameters(errors: FieldError[]): { name: string; reason: string }[] {
  return errors.map(({ path, message }) => ({ name: path.slice(1).replaceAll('/', '.') || 'body', reason: message }));
}
