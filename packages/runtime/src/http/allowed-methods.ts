import type { FastifyInstance } from 'fastify';

/**
 * Knows which methods a path has, so that a wrong one is answered 405 with `Allow` and not 404. Must be set up before
 * the routes. Fastify has no such lookup for a concrete path.
 */
export function trackAllowedMethods(app: FastifyInstance): (path: string) => string[] {
  const methodsByPattern = new Map<string, { form: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', (route) => {
    const entry = methodsByPattern.get(route.url) ?? { form: compile(route.url), methods: new Set<string>() };
    for (const method of [route.method].flat()) entry.methods.add(method);
    methodsByPattern.set(route.url, entry);
  });
  return (path) => {
    const fitting = [...methodsByPattern.values()].filter(({ form }) => form.test(path));
    return [...new Set(fitting.flatMap(({ methods }) => [...methods]))].sort();
  };
}

/** `/a/:id/*` as an expression. Parameters with their own expressions are taken as any segment. */
function compile(pattern: string): RegExp {
  const source = pattern
    .split('/')
    .map((part) =>
      part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('/');
  return new RegExp(`^${source}$`);
}
