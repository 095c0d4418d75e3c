import { isMap, isScalar, isSeq } from 'yaml';
import type { Node, YAMLMap, YAMLSeq } from 'yaml';
import type { ConfigPath } from './issues.ts';
import { nearest } from './nearest.ts';
import type { SchemaNode } from './schema-node.ts';
import { describeExpected, isRequired } from './schema-node.ts';
import type { WalkContext } from './walk-context.ts';
import { describeNode, readScalar } from './walk-scalar.ts';

/**
 * Reads a YAML node by its schema: fills defaults, resolves references, reports every fault with its place, goes on
 * after each. What does not fit is `undefined` in the answer, so the rest can still be judged.
 *
 * Our own walk and not a JSON Schema validator's error list, since only the node knows its line, and since a reference
 * must be resolved before its value can be judged.
 */
export function walk(schema: SchemaNode, given: unknown, path: ConfigPath, context: WalkContext): unknown {
  const node = context.source.resolve(given);
  if (schema.anyOf) return walkUnion(schema, schema.anyOf, given, path, context);
  if (schema.type === 'object') {
    if (isMap(node))
      return schema.properties ? walkObject(schema, node, path, context) : walkRecord(schema, node, path, context);
    // A section whose every line is commented out is an empty section.
    if (isNothing(node) && schema.properties) return walkObject(schema, undefined, path, context);
    return mismatch(schema, given, path, context);
  }
  if (schema.type === 'array') {
    return isSeq(node) ? walkList(schema, node, path, context) : mismatch(schema, given, path, context);
  }
  if (!isScalar(node)) return mismatch(schema, given, path, context);
  return readScalar(schema, node, path, context);
}

function mismatch(schema: SchemaNode, given: unknown, path: ConfigPath, context: WalkContext): undefined {
  const node = context.source.resolve(given);
  context.report(path, { expected: describeExpected(schema), found: describeNode(node, schema) });
  return undefined;
}

function isNothing(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function walkObject(
  schema: SchemaNode,
  node: YAMLMap | undefined,
  path: ConfigPath,
  context: WalkContext,
): Record<string, unknown> {
  const properties = schema.properties ?? {};
  const given = readKeys(node, Object.keys(properties), path, context);
  if (schema.exactlyOne) checkChoice(schema.exactlyOne, given, path, context);
  const out: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(properties)) {
    const pair = given.get(key);
    const value = pair
      ? walk(property, pair.value, [...path, key], context)
      : walkMissing(schema, key, property, path, context);
    if (value !== undefined) out[key] = value;
  }
  return out;
}

function checkChoice(
  choices: readonly string[],
  given: ReadonlyMap<string, unknown>,
  path: ConfigPath,
  context: WalkContext,
): void {
  const [first, ...more] = choices.filter((key) => given.has(key));
  if (first === undefined) {
    context.report([...path, choices[0]!], { expected: `one of ${choices.join(', ')}`, found: 'nothing' });
  }
  for (const key of more) {
    context.report(
      [...path, key],
      { expected: `only one of ${choices.join(', ')}`, found: `${key} beside ${first}`, fix: 'Remove one of them.' },
      'key',
    );
  }
}

function readKeys(node: YAMLMap | undefined, known: readonly string[], path: ConfigPath, context: WalkContext) {
  const given = new Map<string, { value: unknown }>();
  for (const pair of node?.items ?? []) {
    const name = isScalar(pair.key) ? String(pair.key.value) : undefined;
    if (name !== undefined && known.includes(name)) {
      given.set(name, { value: pair.value });
      continue;
    }
    const meant = name === undefined ? undefined : nearest(name, known);
    context.report(
      name === undefined ? path : [...path, name],
      {
        expected: `one of the keys ${known.join(', ')}`,
        found: 'an unknown key',
        ...(meant === undefined ? {} : { fix: `Did you mean ${meant}?` }),
      },
      'key',
    );
  }
  return given;
}

function walkMissing(
  parent: SchemaNode,
  key: string,
  property: SchemaNode,
  path: ConfigPath,
  context: WalkContext,
): unknown {
  if (property.default !== undefined) return structuredClone(property.default);
  if (!isRequired(parent, key)) return undefined;
  if (property.type === 'object' && property.properties) {
    return walkObject(property, undefined, [...path, key], context);
  }
  context.report([...path, key], {
    expected: describeExpected(property),
    found: 'nothing',
    ...(property.why === undefined ? {} : { fix: capital(`${property.why}.`) }),
  });
  return undefined;
}

function walkRecord(schema: SchemaNode, node: YAMLMap, path: ConfigPath, context: WalkContext): unknown {
  const item = Object.values(schema.patternProperties ?? {})[0] ?? {};
  const out: Record<string, unknown> = {};
  for (const pair of node.items) {
    const name = isScalar(pair.key) ? String(pair.key.value) : '';
    if (schema.keyForm !== undefined && !new RegExp(schema.keyForm).test(name)) {
      context.report(
        [...path, name],
        {
          expected: schema.keyExpected ?? 'another key',
          found: 'another form of key',
        },
        'key',
      );
      continue;
    }
    // Kept even where it failed: rules that only ask for names must not take it for absent.
    out[name] = walk(item, pair.value, [...path, name], context);
  }
  checkCount(node.items.length, schema.minProperties, schema.maxProperties, schema, path, context);
  return out;
}

function walkList(schema: SchemaNode, node: YAMLSeq, path: ConfigPath, context: WalkContext): unknown[] {
  checkCount(node.items.length, schema.minItems, schema.maxItems, schema, path, context);
  const items = node.items.map((item, index) => walk(schema.items ?? {}, item, [...path, index], context));
  if (schema.uniqueItems === true) reportRepeats(items, path, context);
  return items;
}

function reportRepeats(items: readonly unknown[], path: ConfigPath, context: WalkContext): void {
  for (const [index, item] of items.entries()) {
    const first = items.indexOf(item);
    if (item === undefined || first === index) continue;
    context.report([...path, index], {
      expected: 'every entry once',
      found: `the same as entry ${first + 1}`,
      fix: 'Remove one of them.',
    });
  }
}

function checkCount(
  count: number,
  least: number | undefined,
  most: number | undefined,
  schema: SchemaNode,
  path: ConfigPath,
  context: WalkContext,
): void {
  if (count >= (least ?? 0) && count <= (most ?? Number.POSITIVE_INFINITY)) return;
  const expected = count < (least ?? 0) ? `at least ${least}` : `at most ${most}`;
  context.report(path, {
    expected: `${expected} ${expected.endsWith(' 1') ? 'entry' : 'entries'}`,
    found: String(count),
    ...(schema.why === undefined ? {} : { fix: capital(`${schema.why}.`) }),
  });
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** By its discriminator, where it has one; else by the kind of node: lists to the list, scalars to the rest. */
function walkUnion(
  schema: SchemaNode,
  variants: readonly SchemaNode[],
  given: unknown,
  path: ConfigPath,
  context: WalkContext,
): unknown {
  const node = context.source.resolve(given);
  if (schema.discriminator !== undefined)
    return walkTagged(schema, schema.discriminator, variants, given, path, context);
  const variant = variants.find((candidate) =>
    isSeq(node) ? candidate.type === 'array' : candidate.type !== 'array' && isScalar(node),
  );
  if (!variant) return mismatch(schema, given, path, context);
  if (isSeq(node) || variant.const === undefined) return walk(variant, given, path, context);
  const value = readScalar({ type: 'string' }, node as never, path, context);
  return value === variant.const ? value : mismatch(schema, given, path, context);
}

function walkTagged(
  schema: SchemaNode,
  discriminator: string,
  variants: readonly SchemaNode[],
  given: unknown,
  path: ConfigPath,
  context: WalkContext,
): unknown {
  const node = context.source.resolve(given);
  if (!isMap(node)) return mismatch({ type: 'object' }, given, path, context);
  const tags = variants.map((variant) => variant.properties?.[discriminator]?.const ?? '');
  const tag: unknown = node.get(discriminator);
  const variant = variants[tags.indexOf(String(tag))];
  if (variant) return walkObject(variant, node, path, context);
  const meant = typeof tag === 'string' ? nearest(tag, tags) : undefined;
  const pair = node.items.find((item) => isScalar(item.key) && item.key.value === discriminator);
  context.report([...path, discriminator], {
    expected: `one of ${tags.join(', ')}`,
    found: describeNode(context.source.resolve(pair?.value), schema),
    ...(meant === undefined ? {} : { fix: `Did you mean ${meant}?` }),
  });
  return undefined;
}
