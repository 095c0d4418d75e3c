import { isDeepStrictEqual } from 'node:util';
import { objectIn, resolveRefs, type Json } from './resolve-refs.ts';
import { findSchemaBreaks } from './schema-changes.ts';

/** Clients are told to ignore words that they do not know (the document's own description). */
const WRITTEN = { side: 'written', newWords: 'nowhere' } as const;
const READ = { side: 'read', newWords: 'anywhere' } as const;
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** What in a newer OpenAPI document breaks clients of the older one. */
export function findOpenApiBreaks(older: Json, newer: Json): string[] {
  const [before, after] = [resolveRefs(older), resolveRefs(newer)];
  const breaks: string[] = [];
  if (!isDeepStrictEqual(before['servers'], after['servers'])) breaks.push('servers have changed');
  const schemes = (document: Json): Json => objectIn(objectIn(document, 'components'), 'securitySchemes');
  for (const [name, scheme] of Object.entries(schemes(before))) {
    if (!isDeepStrictEqual(bare(scheme), bare(schemes(after)[name])))
      breaks.push(`the security scheme ${name} has changed`);
  }
  for (const [path, item] of Object.entries(objectIn(before, 'paths'))) {
    for (const method of METHODS) {
      const old = (item as Json)[method] as Json | undefined;
      if (!old) continue;
      const at = `${method.toUpperCase()} ${path}`;
      const now = objectIn(objectIn(after, 'paths'), path)[method] as Json | undefined;
      if (!now) breaks.push(`${at}: the operation is gone`);
      else breaks.push(...operationBreaks(withSecurity(old, before), withSecurity(now, after), at));
    }
  }
  return breaks;
}

function bare(scheme: unknown): unknown {
  const { description: _, ...rest } = { ...(scheme as object | undefined) } as { description?: unknown };
  return rest;
}

/** What the document says for all holds where an operation says nothing. */
function withSecurity(operation: Json, document: Json): Json {
  return { ...operation, security: operation['security'] ?? document['security'] ?? [] };
}

function operationBreaks(before: Json, after: Json, at: string): string[] {
  const breaks: string[] = [];
  if (before['operationId'] !== after['operationId'])
    breaks.push(`${at}: it has another operationId, generated clients break`);
  const isOpen = (after['security'] as unknown[]).length === 0;
  if (!isOpen && !isDeepStrictEqual(before['security'], after['security']))
    breaks.push(`${at}: it needs another authorization`);
  return [
    ...breaks,
    ...parameterBreaks(before, after, at),
    ...bodyBreaks(before['requestBody'] as Json | undefined, after['requestBody'] as Json | undefined, at),
    ...answerBreaks(objectIn(before, 'responses'), objectIn(after, 'responses'), at),
  ];
}

function parameterBreaks(before: Json, after: Json, at: string): string[] {
  const byName = ({ parameters = [] }: Json): Map<string, Json> =>
    new Map(
      (parameters as Json[]).map((parameter) => [`${String(parameter['in'])} ${String(parameter['name'])}`, parameter]),
    );
  const [old, now] = [byName(before), byName(after)];
  return [
    ...[...old].flatMap(([name, parameter]) => {
      const same = now.get(name);
      if (!same) return [`${at} ${name}: the parameter is gone`];
      const forced =
        same['required'] === true && parameter['required'] !== true ? [`${at} ${name}: it must be given now`] : [];
      return [
        ...forced,
        ...findSchemaBreaks(objectIn(parameter, 'schema'), objectIn(same, 'schema'), `${at} ${name}`, WRITTEN),
      ];
    }),
    ...[...now]
      .filter(([name, parameter]) => !old.has(name) && parameter['required'] === true)
      .map(([name]) => `${at} ${name}: it must be given now`),
  ];
}

function bodyBreaks(before: Json | undefined, after: Json | undefined, at: string): string[] {
  const where = `${at} request`;
  if (!before) return after?.['required'] === true ? [`${where}: a body must be given now`] : [];
  if (!after) return [`${where}: a body is no longer taken`];
  const forced =
    after['required'] === true && before['required'] !== true ? [`${where}: a body must be given now`] : [];
  const [old, now] = [objectIn(before, 'content'), objectIn(after, 'content')];
  return forced.concat(
    Object.keys(old).flatMap((type) => {
      if (!(type in now)) return [`${where}: ${type} is no longer taken`];
      return findSchemaBreaks(
        objectIn(objectIn(old, type), 'schema'),
        objectIn(objectIn(now, type), 'schema'),
        where,
        WRITTEN,
      );
    }),
  );
}

function answerBreaks(before: Json, after: Json, at: string): string[] {
  const fresh = Object.keys(after).filter((status) => !(status in before) && Number(status) < 400);
  return [
    // an error that clients do not know is an error all the same; a new way to succeed is not understood
    ...fresh.map((status) => `${at} ${status}: it is a new success`),
    ...Object.entries(before).flatMap(([status, answer]) => {
      const where = `${at} ${status}`;
      const now = after[status] as Json | undefined;
      if (!now) return [`${where}: the status is gone`];
      return [...contentBreaks(answer as Json, now, where), ...headerBreaks(answer as Json, now, where)];
    }),
  ];
}

function contentBreaks(before: Json, after: Json, at: string): string[] {
  const [old, now] = [objectIn(before, 'content'), objectIn(after, 'content')];
  const types = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...types].flatMap((type) => {
    if (!(type in now)) return [`${at}: ${type} is gone`];
    if (!(type in old)) return [`${at}: it may be ${type} now`];
    return findSchemaBreaks(objectIn(objectIn(old, type), 'schema'), objectIn(objectIn(now, type), 'schema'), at, READ);
  });
}

function headerBreaks(before: Json, after: Json, at: string): string[] {
  const [old, now] = [objectIn(before, 'headers'), objectIn(after, 'headers')];
  return Object.entries(old).flatMap(([name, header]) => {
    const where = `${at} ${name}`;
    if (!(name in now)) return [`${where}: the header is gone`];
    const lost = (header as Json)['required'] === true && objectIn(now, name)['required'] !== true;
    const schema = (of: Json): Json => objectIn(objectIn(of, name), 'schema');
    return [
      ...(lost ? [`${where}: it may be absent now`] : []),
      ...findSchemaBreaks(schema(old), schema(now), where, READ),
    ];
  });
}
