/** A document of JSON, as far as nothing is known about it. */
export type Json = { readonly [key: string]: unknown };

/**
 * The document with every `$ref` into itself replaced by what stands there.
 *
 * @throws Error for one that leads nowhere, out of the document, or back to itself
 */
export function resolveRefs(document: Json): Json {
  const walk = (value: unknown, seen: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((each) => walk(each, seen));
    if (typeof value !== 'object' || value === null) return value;
    const { $ref: ref } = value as { $ref?: unknown };
    if (typeof ref === 'string') {
      if (seen.includes(ref)) throw new Error(`${ref} refers to itself`);
      return walk(lookUp(document, ref), [...seen, ref]);
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, walk(each, seen)]));
  };
  return walk(document, []) as Json;
}

/** JSON Pointer, RFC 6901. */
function lookUp(document: Json, ref: string): unknown {
  if (!ref.startsWith('#/')) throw new Error(`${ref} leads out of the document`);
  const steps = ref.slice(2).split('/');
  let found: unknown = document;
  for (const step of steps) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    found = (found as Json | undefined)?.[name];
  }
  if (found === undefined) throw new Error(`${ref} leads nowhere`);
  return found;
}

/** The object of this name, or an empty one. */
export function objectIn(parent: Json | undefined, name: string): Json {
  return (parent?.[name] as Json | undefined) ?? {};
}
