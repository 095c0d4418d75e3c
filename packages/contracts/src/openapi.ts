import { Type, type TSchema } from 'typebox';
import * as api from './api.ts';
import { nameSchemas } from './named-schemas.ts';
import { QualityAnswer, QualityCell, QualityJudgement } from './quality-api.ts';
import { PATHS, TAGS, contentTypeOf, type AnswerSpec, type PathSpec } from './paths.ts';

type Json = { [key: string]: unknown };

const { refer, components } = nameSchemas({
  StartRequest: api.StartRequest,
  SendAnswer: api.SendAnswer,
  Verification: api.VerificationView,
  Attempt: api.AttemptView,
  Routing: api.RoutingView,
  RoutedAttempt: api.RoutedAttempt,
  CheckRequest: api.CheckRequest,
  CheckByAddressRequest: api.CheckByAddressRequest,
  CheckAnswer: api.CheckAnswer,
  CancelAnswer: api.CancelAnswer,
  Quality: QualityAnswer,
  QualityCell,
  QualityJudgement,
  JwkSet: api.JwkSet,
  Problem: api.Problem,
});

const DESCRIPTION = `One-time passwords by SMS, voice and e-mail: start, check, resend, read; and see which provider delivers.

Every error is a \`Problem\` (RFC 9457); go by its \`code\`, not by its text. Every answer has an \`X-Request-Id\`, yours if you sent one, by which the logs know it. Send an \`Idempotency-Key\` with every POST and repeat it
after a time-out: nothing is done twice. Where there is a \`Retry-After\`, come back then. Answers may get new fields, and fields
of words new words, within a major version: ignore what you do not know.`;

/**
 * The OpenAPI 3.1 document, made from the path table. It is served at `/openapi.json` and committed in `docs/`.
 *
 * @param of.every with what is no part of the API for tenants: for tests, which hold every answer against it
 */
export function renderOpenApi(version: string, of: { every: boolean } = { every: false }): Json {
  const paths: Record<string, Json> = {};
  for (const [operationId, spec] of Object.entries(PATHS) as [string, PathSpec][]) {
    if (spec.tag === undefined && !of.every) continue;
    const item = (paths[spec.path] ??= {});
    item[spec.method.toLowerCase()] = renderOperation(operationId, spec);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Watchword',
      version,
      description: DESCRIPTION,
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    servers: [{ url: '/', description: 'The deployment that serves this document' }],
    security: [{ apiKey: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'A tenant’s API key' } },
      headers: HEADERS,
      schemas: components,
    },
  };
}

/** Under the names that HTTP has for them. */
const HEADERS = {
  'Retry-After': { description: 'Seconds', required: true, schema: { type: 'integer', minimum: 1 } },
  'Idempotency-Replayed': {
    description: '`true` where the answer is that of an earlier call with the same Idempotency-Key',
    schema: { type: 'boolean' },
  },
} as const;

function renderOperation(operationId: string, spec: PathSpec): Json {
  const parameters = [
    ...(spec.params ? renderParameters(spec.params, 'path') : []),
    ...(spec.query ? renderParameters(spec.query, 'query') : []),
    ...(spec.idempotent ? renderParameters(api.IdempotencyHeaders, 'header') : []),
  ];
  return {
    operationId,
    summary: spec.summary,
    ...(spec.tag && { tags: [spec.tag] }),
    ...(spec.open && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(spec.body && {
      requestBody: { required: true, content: { 'application/json': { schema: refer(spec.body) } } },
    }),
    responses: Object.fromEntries(
      Object.entries(spec.answers).map(([status, answer]) => [status, renderAnswer(Number(status), answer, spec)]),
    ),
  };
}

function renderAnswer(status: number, answer: AnswerSpec, { idempotent }: PathSpec): Json {
  const header = status === 429 || status === 503 ? 'Retry-After' : 'Idempotency-Replayed';
  const has = header === 'Retry-After' || (idempotent && status < 400);
  return {
    description: answer.description,
    ...(has && { headers: { [header]: { $ref: `#/components/headers/${header}` } } }),
    content: { [contentTypeOf(status, answer)]: answer.schema ? { schema: refer(answer.schema) } : {} },
  };
}

function renderParameters(schema: TSchema, place: 'path' | 'query' | 'header'): Json[] {
  if (!Type.IsObject(schema)) return [];
  return Object.entries(schema.properties).map(([name, property]) => {
    const { description, ...rest } = property as TSchema & { description?: string };
    return {
      name: place === 'header' ? 'Idempotency-Key' : name,
      in: place,
      required: place === 'path',
      ...(description && { description }),
      schema: rest,
    };
  });
}
