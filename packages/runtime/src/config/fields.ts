import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import type { Secret } from './secret.ts';

/**
 * The kinds of scalar that the configuration knows. Beside JSON Schema's keywords a field may carry:
 * - `expected`: what an error says was expected, in words
 * - `secret`: the value must come by reference and becomes a `Secret`; `key32` also demands 32 bytes, `pem` a PEM block,
 *   `private` a private key for JWEs
 * - `sensitive`: an error never shows the value, though a literal is allowed
 */

/** Names, addresses and templates of a line: a longer one is a mistake. */
const TEXT_MAX = 200;

export function text(description: string, options: { default?: string } = {}) {
  return Type.String({ minLength: 1, maxLength: TEXT_MAX, expected: 'a text', description, ...options });
}

/** A text of one form. `expected` is the form in words, for the error. */
export function pattern(description: string, form: string, expected: string, options: { default?: string } = {}) {
  return Type.String({ pattern: form, maxLength: TEXT_MAX, expected, description, ...options });
}

/** Money is no floating point number: it is kept as it is written. */
export function decimal(description: string) {
  return pattern(description, '^[0-9]{1,9}(\\.[0-9]{1,9})?$', 'a decimal number as a text, in quotes, like "0.0450"');
}

export function integer(description: string, minimum: number, maximum: number, options: { default?: number } = {}) {
  return Type.Integer({ minimum, maximum, description, ...options });
}

/** So many a second; slow ones have decimals. */
export function rate(description: string, minimum: number, maximum: number) {
  return Type.Number({ minimum, maximum, description });
}

/** A part of a whole, 0 to 1. */
export function share(description: string, options: { default?: number } = {}) {
  return Type.Number({ minimum: 0, maximum: 1, description, ...options });
}

export function flag(description: string, options: { default?: boolean } = {}) {
  return Type.Boolean({ description, ...options });
}

export function url(description: string, protocols: readonly string[]) {
  const schemes = protocols.map((protocol) => `${protocol}://`).join(' or ');
  return Type.String({
    pattern: `^(${protocols.join('|')})://[^\\s/]+\\S*$`,
    maxLength: 2000,
    sensitive: true,
    expected: `an address that begins with ${schemes}`,
    description,
  });
}

export function secret(description: string, kind: 'text' | 'key32' | 'pem' | 'private' = 'text') {
  return Type.Unsafe<Secret>({ type: 'string', secret: kind, description });
}

export function list<Item extends TSchema>(description: string, item: Item, options: object = {}) {
  return Type.Array(item, { description, ...options });
}

const ADDRESS = '(\\[[0-9A-Fa-f:.]+\\]|[^\\s:,\\[\\]]+):[0-9]{1,5}';

/** Servers as host:port: a list, or one text with commas between (which a reference can give). */
export function addresses(description: string) {
  return Type.Union(
    [
      Type.Array(pattern('host:port', `^${ADDRESS}$`, 'host:port'), { minItems: 1, maxItems: 50 }),
      Type.String({
        pattern: `^${ADDRESS}(\\s*,\\s*${ADDRESS})*$`,
        expected: 'host:port, several with commas between',
      }),
    ],
    { description },
  );
}

type Overrides<T> = { [Key in keyof T]?: T[Key] extends object ? Overrides<T[Key]> : T[Key] };

/** The same fields, none demanded and none with a default: what a tenant may say otherwise than the deployment. */
export function overridable<Schema extends TSchema>(schema: Schema, description: string) {
  return Type.Unsafe<Overrides<Static<Schema>>>({ ...stripDefaults(schema), description });
}

function stripDefaults(schema: object): object {
  const { default: _default, required: _required, ...rest } = schema as Record<string, unknown>;
  if (typeof rest['properties'] !== 'object' || rest['properties'] === null) return rest;
  const properties = Object.entries(rest['properties']).map(([key, value]) => [key, stripDefaults(value as object)]);
  return { ...rest, required: [], properties: Object.fromEntries(properties) as object };
}

export const COUNTRY = pattern('Country.', '^[A-Z]{2}$', 'a country as two capital letters (ISO 3166), like DE');
export const NAME_FORM = '^[a-z][a-z0-9-]{0,31}$';
export const NAME_EXPECTED = 'a name of lower case letters, digits and hyphens that begins with a letter';
