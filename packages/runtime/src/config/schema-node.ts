/** A schema as the loader reads it: JSON Schema as TypeBox writes it, with the marks of `fields.ts`. */
export interface SchemaNode {
  type?: string;
  description?: string;
  default?: unknown;
  const?: string;
  enum?: readonly unknown[];
  anyOf?: readonly SchemaNode[];
  discriminator?: string;
  properties?: Readonly<Record<string, SchemaNode>>;
  patternProperties?: Readonly<Record<string, SchemaNode>>;
  required?: readonly string[];
  /** Of these optional fields one must be given, and only one. */
  exactlyOne?: readonly string[];
  items?: SchemaNode;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  keyForm?: string;
  keyExpected?: string;
  expected?: string;
  /** Why there must be something here. */
  why?: string;
  secret?: 'text' | 'key32' | 'pem' | 'private';
  sensitive?: boolean;
}

export function isRequired(parent: SchemaNode, key: string): boolean {
  return parent.required?.includes(key) ?? false;
}

/** What a field takes, in words, for errors and for the reference page. */
export function describeExpected(schema: SchemaNode): string {
  if (schema.secret !== undefined) return 'a reference, ${env:NAME} or ${file:path}';
  if (schema.expected !== undefined) return schema.expected;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return `one of ${schema.enum.join(', ')}`;
  if (schema.anyOf) return schema.anyOf.map((variant) => describeExpected(variant)).join(', or ');
  if (schema.type === 'integer') return describeRange(schema);
  if (schema.type === 'number') return `a number from ${schema.minimum} to ${schema.maximum}`;
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'object') return 'a mapping';
  if (schema.type === 'array') return `a list of ${schema.items ? describeItem(schema.items) : 'entries'}`;
  return 'a text';
}

function describeRange(schema: SchemaNode): string {
  return `a whole number from ${schema.minimum} to ${schema.maximum}`;
}

function describeItem(schema: SchemaNode): string {
  if (schema.type === 'object' || schema.anyOf) return 'mappings';
  if (schema.enum) return schema.enum.join(', ');
  return schema.pattern === '^[A-Z]{2}$' ? 'countries as two capital letters (ISO 3166)' : (schema.expected ?? 'texts');
}
