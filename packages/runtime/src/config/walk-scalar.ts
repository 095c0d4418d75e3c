import { parsePrivateKey } from '@watchword/otp';
import { isMap, isScalar, isSeq } from 'yaml';
import type { Node, Scalar } from 'yaml';
import type { ConfigPath } from './issues.ts';
import { decodeKey } from './key-material.ts';
import { nearest } from './nearest.ts';
import { holdsReference, isReferenceOnly, resolveReferences } from './references.ts';
import type { SchemaNode } from './schema-node.ts';
import { describeExpected } from './schema-node.ts';
import { Secret } from './secret.ts';
import type { WalkContext } from './walk-context.ts';

/** Longest piece of a wrong value that an error quotes. */
const QUOTE_MAX = 40;

/** Reads one scalar: resolves references, turns it into the schema's type, checks its form. */
export function readScalar(schema: SchemaNode, node: Scalar, path: ConfigPath, context: WalkContext): unknown {
  if (schema.secret !== undefined) return readSecret(schema, node, path, context);
  const value = node.value;
  if (typeof value === 'string' && holdsReference(value)) {
    const resolved = resolveReferences(value, context.references);
    if (resolved.outcome === 'broken') {
      context.report(path, resolved);
      return undefined;
    }
    return accept(schema, typed(schema, resolved.value), `the value of ${value} (not shown)`, path, context);
  }
  return accept(schema, value, describeNode(node, schema), path, context);
}

/** A reference always brings text: `${env:PORT}` for a number is read as one. */
function typed(schema: SchemaNode, text: string): unknown {
  if (schema.type === 'integer' && /^-?[0-9]{1,15}$/.test(text)) return Number(text);
  if (schema.type === 'number' && /^[0-9]{1,15}(\.[0-9]{1,15})?$/.test(text)) return Number(text);
  if (schema.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function accept(schema: SchemaNode, value: unknown, found: string, path: ConfigPath, context: WalkContext): unknown {
  if (fits(schema, value)) return value;
  context.report(path, { expected: describeExpected(schema), found, ...suggest(schema, value) });
  return undefined;
}

function fits(schema: SchemaNode, value: unknown): boolean {
  if (schema.const !== undefined) return value === schema.const;
  if (schema.enum) return schema.enum.includes(value);
  if (schema.type === 'boolean') return typeof value === 'boolean';
  if (schema.type === 'integer') {
    return Number.isInteger(value) && isWithin(schema, Number(value));
  }
  if (schema.type === 'number') return typeof value === 'number' && isWithin(schema, value);
  if (typeof value !== 'string') return false;
  if (value.length < (schema.minLength ?? 0) || value.length > (schema.maxLength ?? Infinity)) return false;
  return schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(value);
}

function isWithin({ minimum = -Infinity, maximum = Infinity }: SchemaNode, value: number): boolean {
  return value >= minimum && value <= maximum;
}

function suggest(schema: SchemaNode, value: unknown): { fix?: string } {
  if (schema.enum && typeof value === 'string') {
    const meant = nearest(value, schema.enum.map(String));
    return meant === undefined ? {} : { fix: `Did you mean ${meant}?` };
  }
  if (schema.type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return { fix: 'Put it in quotes.' };
  }
  return {};
}

function readSecret(schema: SchemaNode, node: Scalar, path: ConfigPath, context: WalkContext): Secret | undefined {
  const text = node.value;
  if (typeof text !== 'string' || !isReferenceOnly(text)) {
    const found = text === null ? 'nothing' : 'a literal (not shown)';
    const fix =
      'Put the value into an environment variable or a file, write its reference here, and change the value if this file was ever shared.';
    context.report(path, { expected: describeExpected(schema), found, ...(text === null ? {} : { fix }) });
    return undefined;
  }
  if (!context.wantsSecret(path)) return new Secret(undefined, text);
  const resolved = resolveReferences(text, context.references);
  if (resolved.outcome === 'broken') {
    context.report(path, resolved);
    return undefined;
  }
  const expected = secretFault(schema, resolved.value);
  if (expected === undefined) return new Secret(resolved.value, text);
  const fix = HOW_TO_MAKE[schema.secret ?? 'text'];
  context.report(path, { expected, found: `another value in ${text} (not shown)`, ...(fix && { fix }) });
  return undefined;
}

const HOW_TO_MAKE: Partial<Record<NonNullable<SchemaNode['secret']>, string>> = {
  key32: 'Make one with: openssl rand -base64 32',
  private: 'Make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256',
};

function secretFault(schema: SchemaNode, value: string): string | undefined {
  if (schema.secret === 'key32' && decodeKey(value) === undefined) return '32 bytes as base64 or hex';
  if (schema.secret === 'pem' && !/-----BEGIN [A-Z ]+-----/.test(value)) return 'a PEM block (-----BEGIN …-----)';
  if (schema.secret === 'private') {
    const parsed = parsePrivateKey(value);
    if (parsed.outcome === 'refused') return parsed.expected;
  }
  return undefined;
}

/** What stands there, for an error. Never the value where it may be a secret. */
export function describeNode(node: Node | null, schema: SchemaNode): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  if (!isScalar(node) || node.value === null) return 'nothing';
  if (schema.secret !== undefined || schema.sensitive === true) return 'another value (not shown)';
  if (typeof node.value !== 'string') return node.toString();
  return JSON.stringify(node.value.length > QUOTE_MAX ? `${node.value.slice(0, QUOTE_MAX)}…` : node.value);
}
