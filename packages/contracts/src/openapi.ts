import { Type, type TSchema } from 'typebox';
import { IdempotencyHeaders } from './api.ts';
import { PATHS, type PathSpec } from './paths.ts';

type Json = { [key: string]: unknown };

/** The OpenAPI 3.1 document, made from the path table. It is served at `/openapi.json` and committed in `docs/`. */
export function renderOpenApi(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [operationId, spec] of Object.entries(PATHS) as [string, PathSpec][]) {
    if (spec.service === 'receipts') continue; // spoken by providers, in their own shapes
    const item = (paths[spec.path] ??= {});
    item[spec.method.toLowerCase()] = renderOperation(operationId, spec);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Watchword',
      version,
      description:
        'One-time passwords by SMS, voice and e-mail: start, check, resend, read. Errors are RFC 9457 problems.',
      license: { name: 'Proprietary', identifier: 'LicenseRef-Proprietary' },
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    paths,
    components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'A tenant’s API key' } } },
  };
}

function renderOperation(operationId: string, spec: PathSpec): Json {
  const responses: Record<string, Json> = {};
  for (const [status, answer] of Object.entries(spec.answers)) {
    const type = Number(status) < 400 ? 'application/json' : 'application/problem+json';
    responses[status] = {
      description: answer.description,
      ...(answer.schema && { content: { [type]: { schema: answer.schema } } }),
    };
  }
  const parameters = [
    ...(spec.params ? renderParameters(spec.params, 'path') : []),
    ...(spec.idempotent ? renderParameters(IdempotencyHeaders, 'header') : []),
  ];
  return {
    operationId,
    summary: spec.summary,
    tags: [spec.service],
    ...(spec.open && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(spec.body && { requestBody: { required: true, content: { 'application/json': { schema: spec.body } } } }),
    responses,
  };
}

function renderParameters(schema: TSchema, place: 'path' | 'header'): Json[] {
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
