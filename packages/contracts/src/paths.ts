import { Type, type TSchema } from 'typebox';
import * as api from './api.ts';
import { QUALITY_CELLS_MAX, QUALITY_ROWS_MAX, QualityAnswer, QualityQuery } from './quality-api.ts';

/**
 * The one table of HTTP paths: which service serves what, with which shapes. Standalone, the ingress, OpenAPI and the
 * routes themselves read it.
 */
type ServingService = 'ingest' | 'verify' | 'receipts' | 'quality-monitor';

/** The chapters of the API's reference. */
export const TAGS = {
  verifications: 'Send a code to a person, send it again, see how it goes',
  checks: 'Judge what the person typed',
  quality: 'See which provider delivers, and where',
  emitting: 'For platforms that emit their requests into Kafka',
} as const;

export interface PathSpec {
  method: 'GET' | 'POST';
  /** With `{name}` for parameters, as OpenAPI writes it. */
  path: string;
  service: ServingService;
  /** Left out: no part of the API for tenants (providers call it, or it is about the API), and so not in OpenAPI. */
  tag?: keyof typeof TAGS;
  summary: string;
  idempotent?: boolean;
  /** Answered without an API key. */
  open?: boolean;
  /** Tells what is known of all tenants together: for keys that have `sees_all` in the configuration. */
  seesAll?: boolean;
  params?: TSchema;
  query?: TSchema;
  body?: TSchema;
  answers: Readonly<Record<number, AnswerSpec>>;
}

export interface AnswerSpec {
  description: string;
  schema?: TSchema;
  /** Default: JSON, and problems from 400 on. */
  contentType?: string;
}

const problem = (description: string) => ({ description, schema: api.Problem });
/** Where only what is no HTTP at all is refused. */
const unreadable = { 400: problem('The request is malformed') };
const malformed = { 400: problem('The request is not of the right shape') };
const unauthorized = { 401: problem('The API key is missing or unknown') };
const ofAllTenants = { 403: problem('The API key has no `sees_all: true` in the configuration') };
/** Of every POST, whether it needs a body or not. */
const posted = {
  413: problem('The body is larger than 64 KiB'),
  415: problem('The body is not JSON by its `content-type`'),
};
const limited = { 429: problem('A limit is reached; `Retry-After` says when to come back') };
const faults = {
  500: problem('A fault of ours: the logs know more by the `request_id`'),
  503: problem(
    'Redis or Kafka is away, what Redis has lost is being restored, or the process has too much to do; `Retry-After` says when to come back',
  ),
};
const byId = {
  404: problem('No such verification of this tenant'),
  414: problem('The id is longer than any'),
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
    tag: 'verifications',
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
      ...posted,
      422: problem('The address cannot be used, or the Idempotency-Key was used with another body'),
      ...limited,
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
    tag: 'verifications',
    summary: 'Read a verification and the timeline of its attempts; also after its end',
    params: api.VerificationIdParam,
    answers: {
      200: { description: 'As it stands', schema: api.VerificationView },
      ...malformed,
      ...unauthorized,
      ...byId,
      ...faults,
    },
  },
  routing: {
    method: 'GET',
    path: '/v1/verifications/{id}/routing',
    service: 'ingest',
    tag: 'verifications',
    summary: 'Read why each attempt went to its provider, in words too; also after its end',
    seesAll: true,
    params: api.VerificationIdParam,
    answers: {
      200: { description: 'As it was decided', schema: api.RoutingView },
      ...malformed,
      ...unauthorized,
      ...ofAllTenants,
      ...byId,
      ...faults,
    },
  },
  resend: {
    method: 'POST',
    path: '/v1/verifications/{id}/resend',
    service: 'ingest',
    tag: 'verifications',
    summary: 'Send again on the current step; refills no budget of checks',
    idempotent: true,
    params: api.VerificationIdParam,
    answers: {
      202: { description: '`sent` is false while a send is still open', schema: api.SendAnswer },
      ...malformed,
      ...unauthorized,
      ...byId,
      409: problem('It has ended, too little of its life is left, or a call with this Idempotency-Key is in flight'),
      ...posted,
      422: idempotency[422],
      ...limited,
      ...faults,
    },
  },
  next: {
    method: 'POST',
    path: '/v1/verifications/{id}/next',
    service: 'ingest',
    tag: 'verifications',
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
      ...posted,
      422: idempotency[422],
      ...limited,
      ...faults,
    },
  },
  cancel: {
    method: 'POST',
    path: '/v1/verifications/{id}/cancel',
    service: 'ingest',
    tag: 'verifications',
    summary: 'End a verification; its codes stop working',
    idempotent: true,
    params: api.VerificationIdParam,
    answers: {
      200: { description: 'How it ended: now canceled, or as it had ended before', schema: api.CancelAnswer },
      ...malformed,
      ...unauthorized,
      ...byId,
      ...idempotency,
      ...posted,
      ...faults,
    },
  },
  check: {
    method: 'POST',
    path: '/v1/verifications/{id}/check',
    service: 'verify',
    tag: 'checks',
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
      ...posted,
      429: problem('Locked: the budget of checks, or of this person’s wrong checks, is spent'),
      ...faults,
    },
  },
  checkByAddress: {
    method: 'POST',
    path: '/v1/verifications/check',
    service: 'verify',
    tag: 'checks',
    summary: 'Check a code by the first address of the workflow',
    idempotent: true,
    body: api.CheckByAddressRequest,
    answers: {
      200: { description: 'Judged', schema: api.CheckAnswer },
      ...malformed,
      ...unauthorized,
      404: problem('No live verification of this person for this purpose'),
      ...idempotency,
      ...posted,
      422: problem('The address cannot be used, or the Idempotency-Key was used with another body'),
      429: problem('Locked: the budget of checks, or of this person’s wrong checks, is spent'),
      ...faults,
    },
  },
  quality: {
    method: 'GET',
    path: '/v1/quality',
    service: 'quality-monitor',
    tag: 'quality',
    summary: 'How well codes arrive: conversion, receipts, times and prices by provider, channel, country and operator',
    seesAll: true,
    query: QualityQuery,
    answers: {
      200: {
        description: 'What was counted, of all tenants together, and how the cells are judged',
        schema: QualityAnswer,
      },
      ...malformed,
      ...unauthorized,
      ...ofAllTenants,
      422: problem(
        `\`until\` is not after \`since\` (\`invalid_time\`), or the answer would have more than ${QUALITY_ROWS_MAX} rows or ${QUALITY_CELLS_MAX} cells (\`too_many_rows\`): a longer step, a shorter time or a filter makes fewer`,
      ),
      ...faults,
    },
  },
  jwks: {
    method: 'GET',
    path: '/.well-known/jwks.json',
    service: 'ingest',
    tag: 'emitting',
    summary: 'The public keys for addresses that a platform emits into Kafka',
    open: true,
    answers: {
      200: {
        description: 'A JWK set (RFC 7517), the key to be preferred first; empty where there are none',
        schema: api.JwkSet,
      },
      ...unreadable,
      ...faults,
    },
  },
  openApi: {
    method: 'GET',
    path: '/openapi.json',
    service: 'ingest',
    summary: 'This API as OpenAPI 3.1',
    open: true,
    answers: {
      200: {
        description: 'The document',
        schema: Type.Object({ openapi: Type.String() }, { additionalProperties: true }),
      },
      ...faults,
    },
  },
  reference: {
    method: 'GET',
    path: '/docs',
    service: 'ingest',
    summary: 'The reference of this API as a page',
    open: true,
    answers: { 200: { description: 'The page', contentType: 'text/html' }, ...faults },
  },
  referenceFile: {
    method: 'GET',
    path: '/docs/{version}/{file}',
    service: 'ingest',
    summary: 'What the page is made of',
    open: true,
    answers: {
      200: { description: 'Style, script or picture', contentType: '*/*' },
      404: problem('The page has no such file'),
      ...faults,
    },
  },
  webhook: {
    method: 'POST',
    path: '/webhooks/{provider}/*',
    service: 'receipts',
    summary: 'Receipts of a provider, authenticated on the raw body',
    open: true,
    answers: {
      200: { description: 'Kept', schema: Type.Object({ kept: Type.Literal(true) }) },
      400: problem('The webhook is not of a known shape'),
      401: problem('The signature is missing or wrong'),
      404: problem('No such provider'),
      413: posted[413],
      ...faults,
    },
  },
} as const satisfies Record<string, PathSpec>;
export type Operation = keyof typeof PATHS;

/** OpenAPI's `{id}` as the router writes it, `:id`. */
export function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** Without its parameters. */
export function contentTypeOf(status: number, { contentType }: AnswerSpec): string {
  return contentType ?? (status < 400 ? 'application/json' : 'application/problem+json');
}
