import type { TSchema } from 'typebox';
import * as api from './api.ts';

/**
 * The one table of HTTP paths: which service serves what, with which shapes. Standalone, the ingress, OpenAPI and the
 * routes themselves read it.
 */
type ServingService = 'ingest' | 'verify' | 'receipts' | 'every';

export interface PathSpec {
  method: 'GET' | 'POST';
  /** With `{name}` for parameters, as OpenAPI writes it. */
  path: string;
  service: ServingService;
  summary: string;
  idempotent?: boolean;
  /** Answered without an API key. */
  open?: boolean;
  params?: TSchema;
  body?: TSchema;
  answers: Readonly<Record<number, { description: string; schema?: TSchema }>>;
}

const problem = (description: string) => ({ description, schema: api.Problem });
const malformed = { 400: problem('The request is not of the right shape') };
const unauthorized = { 401: problem('The API key is missing or unknown') };
const faults = {
  429: problem('A limit is reached; `Retry-After` says when to come back'),
  503: problem(
    'Redis or Kafka is away, what Redis has lost is being restored, or the process has too much to do; `Retry-After` says when to come back',
  ),
};
const byId = {
  404: problem('No such verification of this tenant'),
  421: problem('The verification belongs to another region'),
};
const idempotency = {
  409: problem('A call with this Idempotency-Key is in flight'),
  422: problem('This Idempotency-Key was used with another body'),
};

export const PATHS = {
  start: {
    method: 'POST',
    path: '/v1/verifications',
    service: 'ingest',
    summary: 'Start a verification: send a code',
    idempotent: true,
    body: api.StartRequest,
    answers: {
      202: {
        description: 'Accepted; or joined to the live verification of this person and purpose',
        schema: api.SendAnswer,
      },
      ...malformed,
      ...unauthorized,
      ...idempotency,
      422: problem('The address cannot be used, or the Idempotency-Key was used with another body'),
      ...faults,
      503: problem(
        'Redis or Kafka is away, or sends of this channel wait too long (`channel_overloaded`); `Retry-After` says when to come back',
      ),
    },
  },
  read: {
    method: 'GET',
    path: '/v1/verifications/{id}',
    service: 'ingest',
    summary: 'Read a verification and the timeline of its attempts; also after its end',
    params: api.VerificationIdParam,
    answers: {
      200: { description: 'As it stands', schema: api.VerificationView },
      ...malformed,
      ...unauthorized,
      ...byId,
      503: faults[503],
    },
  },
  resend: {
    method: 'POST',
    path: '/v1/verifications/{id}/resend',
    service: 'ingest',
    summary: 'Send again on the current step; refills no budget of checks',
    idempotent: true,
    params: api.VerificationIdParam,
    answers: {
      202: { description: '`sent` is false while a send is still open', schema: api.SendAnswer },
      ...malformed,
      ...unauthorized,
      ...byId,
      409: problem('It has ended, too little of its life is left, or a call with this Idempotency-Key is in flight'),
      422: idempotency[422],
      ...faults,
    },
  },
  next: {
    method: 'POST',
    path: '/v1/verifications/{id}/next',
    service: 'ingest',
    summary: 'Go to the next step of the workflow now',
    idempotent: true,
    params: api.VerificationIdParam,
    answers: {
      202: {
        description:
          'The next step starts; `sent` is false where the first has not, or the next one was asked for already',
        schema: api.SendAnswer,
      },
      ...malformed,
      ...unauthorized,
      ...byId,
      409: problem(
        'It has ended, there is no next step, too little of its life is left, or a call with this Idempotency-Key is in flight',
      ),
      422: idempotency[422],
      ...faults,
    },
  },
  cancel: {
    method: 'POST',
    path: '/v1/verifications/{id}/cancel',
    service: 'ingest',
    summary: 'End a verification; its codes stop working',
    idempotent: true,
    params: api.VerificationIdParam,
    answers: {
      200: { description: 'How it ended: now canceled, or as it had ended before', schema: api.CancelAnswer },
      ...malformed,
      ...unauthorized,
      ...byId,
      ...idempotency,
      503: faults[503],
    },
  },
  check: {
    method: 'POST',
    path: '/v1/verifications/{id}/check',
    service: 'verify',
    summary: 'Check a code',
    idempotent: true,
    params: api.VerificationIdParam,
    body: api.CheckRequest,
    answers: {
      200: { description: 'Judged; or the final status of an ended verification', schema: api.CheckAnswer },
      ...malformed,
      ...unauthorized,
      ...byId,
      ...idempotency,
      429: problem('Locked: the budget of checks, or of this person’s wrong checks, is spent'),
      503: faults[503],
    },
  },
  checkByAddress: {
    method: 'POST',
    path: '/v1/verifications/check',
    service: 'verify',
    summary: 'Check a code by the first address of the workflow',
    idempotent: true,
    body: api.CheckByAddressRequest,
    answers: {
      200: { description: 'Judged', schema: api.CheckAnswer },
      ...malformed,
      ...unauthorized,
      404: problem('No live verification of this person for this purpose'),
      ...idempotency,
      422: problem('The address cannot be used, or the Idempotency-Key was used with another body'),
      429: problem('Locked: the budget of checks, or of this person’s wrong checks, is spent'),
      503: faults[503],
    },
  },
  jwks: {
    method: 'GET',
    path: '/.well-known/jwks.json',
    service: 'ingest',
    summary: 'The public keys for addresses that a platform emits into Kafka',
    open: true,
    answers: {
      200: {
        description: 'A JWK set (RFC 7517), the key to be preferred first; empty where there are none',
        schema: api.JwkSet,
      },
    },
  },
  webhook: {
    method: 'POST',
    path: '/webhooks/{provider}/*',
    service: 'receipts',
    summary: 'Receipts of a provider, authenticated on the raw body',
    answers: {
      200: { description: 'Kept' },
      401: problem('The signature is missing or wrong'),
      404: problem('No such provider'),
      503: faults[503],
    },
  },
} as const satisfies Record<string, PathSpec>;
export type Operation = keyof typeof PATHS;

/** OpenAPI's `{id}` as the router writes it, `:id`. */
export function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
