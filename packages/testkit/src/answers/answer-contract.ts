import { renderOpenApi } from '@watchword/contracts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isOurs } from './is-ours.ts';

/** An answer as it came over HTTP. */
export interface HeardAnswer {
  method: string;
  url: string;
  status: number;
  headers: Headers;
  text: string;
}

interface AnswerDescription {
  headers?: Record<string, { required?: boolean }>;
  content: Record<string, { schema?: object }>;
}
type PathItem = Partial<Record<string, { responses: Record<string, AnswerDescription> }>>;
interface OpenApi {
  paths: Record<string, PathItem>;
  components: { headers: Record<string, { required?: boolean }>; schemas: { Problem: object } };
}

/** Where nothing is, where the method is another one, where a process has too much to do. */
const ANYWHERE_ELSE = [404, 405, 503];
const PROBLEM = 'application/problem+json';

/**
 * Judges answers by OpenAPI: their status, content type, headers that must be there, their shape to the last field. What is no
 * part of the API for tenants (webhooks, the reference's page) is judged by the same table of paths.
 *
 * @returns what is wrong with an answer; nothing for one that is none of Watchword's
 */
export function createAnswerContract(): (answer: HeardAnswer) => string[] {
  const document = closed(renderOpenApi('0.0.0', { every: true })) as OpenApi;
  const checkBody = createBodyCheck(document);
  const items = Object.entries(document.paths).map(([path, item]) => ({ form: formOf(path), item }));

  return (answer) => {
    const { pathname } = new URL(answer.url);
    const item = items.find(({ form }) => form.test(pathname))?.item;
    if (!isOurs(answer.url, answer.headers) || !(item || pathname.startsWith('/v1/'))) return [];
    const described = item?.[answer.method.toLowerCase()];
    if (!described) return judgeElsewhere(answer, document, checkBody);
    const description = described.responses[String(answer.status)];
    if (!description) return ['this status is not in the document'];
    return [...judgeHeaders(answer, description, document), ...judgeBody(answer, description, checkBody)];
  };
}

type CheckBody = (schema: object, text: string) => string[];

function judgeElsewhere(answer: HeardAnswer, document: OpenApi, checkBody: CheckBody): string[] {
  if (!ANYWHERE_ELSE.includes(answer.status)) return ['the document has no such operation'];
  const content = { [PROBLEM]: { schema: document.components.schemas.Problem } };
  return judgeBody(answer, { content }, checkBody);
}

function judgeHeaders({ headers }: HeardAnswer, description: AnswerDescription, document: OpenApi): string[] {
  return Object.keys(description.headers ?? {})
    .filter((name) => document.components.headers[name]?.required === true && !headers.has(name))
    .map((name) => `the header ${name} is not there`);
}

function judgeBody({ headers, text }: HeardAnswer, { content }: AnswerDescription, checkBody: CheckBody): string[] {
  const type = headers.get('content-type')?.split(';')[0] ?? 'no content type';
  const described = content[type] ?? content['*/*'];
  if (!described) return [`${type} is not ${Object.keys(content).join(' or ')}`];
  return described.schema ? checkBody(described.schema, text) : [];
}

function createBodyCheck({ components }: OpenApi): CheckBody {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const known = new Map<object, ValidateFunction>();
  return (schema, text) => {
    // with the components, for its references
    const validate = known.get(schema) ?? ajv.compile({ ...schema, components });
    known.set(schema, validate);
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return ['the body is no JSON'];
    }
    return validate(body)
      ? []
      : (validate.errors ?? []).map(
          ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
        );
  };
}

/** With every object closed: clients bear a field that is not in the document, but a test must not. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, closed(each)]));
  return 'properties' in value && 'type' in value ? { additionalProperties: false, ...copy } : copy;
}

/** `/v1/verifications/check` is a path of its own, so a parameter never stands for it. `/*` is all below, and nothing. */
function formOf(path: string): RegExp {
  const form = path.replaceAll(/\{\w+\}/g, '(?!check$)[^/]+').replace(/\/\*$/, '(?:/.*)?');
  return new RegExp(`^${form}$`);
}
