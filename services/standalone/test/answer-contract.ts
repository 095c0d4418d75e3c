import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answered } from './start-product.ts';

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

/** As much of OpenAPI as is needed to hold an answer against it. */
export interface OpenApi {
  paths: Record<string, Partial<Record<'get' | 'post', Operation>>>;
}

/** What HTTP itself may answer on every path, whatever an operation says; always a problem. */
const ANYWHERE = new Set([405, 413, 415]);

/** Holds answers against the served `/openapi.json`: status, content type, shape, and no field that it does not name. */
export function createAnswerContract(document: OpenApi): (asked: string, answered: Answered<unknown>) => void {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const known = new Map<object, ValidateFunction>();
  const problem = document.paths['/v1/verifications']!.post!.responses['400']!.content!['application/problem+json']!;

  const check = (schema: object, body: unknown): string[] => {
    const validate = known.get(schema) ?? ajv.compile(schema);
    known.set(schema, validate);
    if (!validate(body)) return [ajv.errorsText(validate.errors)];
    const named = Object.keys((schema as { properties: object }).properties);
    return Object.keys(body as object)
      .filter((field) => !named.includes(field))
      .map((field) => `the field ${field} is not in the document`);
  };

  return (asked, { status, headers, body }) => {
    const [method = '', url = ''] = asked.split(' ');
    const item = Object.entries(document.paths).find(([path]) => formOf(path).test(url))?.[1];
    const operation = item?.[method.toLowerCase() as 'get' | 'post'];
    const described = operation?.responses[String(status)]?.content;
    const [type, content] = Object.entries(described ?? {})[0] ?? ['application/problem+json', problem];
    const faults: string[] = [];
    if (operation && !described && !ANYWHERE.has(status)) faults.push('this status is not in the document');
    if (!headers.get('content-type')?.startsWith(type)) faults.push(`content-type is no ${type}`);
    faults.push(...check(content.schema, body));
    if (faults.length > 0) throw new Error(`${asked} → ${status} breaks /openapi.json: ${faults.join('; ')}`);
  };
}

/** `/v1/verifications/check` is a path of its own, so a parameter never stands for it. */
function formOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '(?!check$)[^/]+')}$`);
}
