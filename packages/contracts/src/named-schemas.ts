type Json = { [key: string]: unknown };

/** What a document puts under `components.schemas`, and the way to say it by name. */
export interface NamedSchemas {
  /** The schema with every named one in it as a reference. */
  refer: (schema: object) => Json;
  /** All of them, each with the others as references. */
  components: Json;
}

/**
 * Schemas that documents name once and refer to, instead of writing them out at every place. A schema is known by being
 * the same object.
 */
export function nameSchemas(named: Readonly<Record<string, object>>): NamedSchemas {
  const names = new Map(Object.entries(named).map(([name, schema]) => [schema, name]));
  const walk = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const name = names.get(value);
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
    if (Array.isArray(value)) return value.map(walk);
    return inside(value);
  };
  const inside = (schema: object): Json =>
    Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, walk(value)]));
  return {
    refer: (schema) => walk(schema) as Json,
    components: Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, inside(schema)])),
  };
}
