/**
 * Who may depend on whom (design §3). A package may use those of a lower layer; services may use packages, never each
 * other. Two have their own rule: `testkit` and `carrier-sim` serve tests and the standalone start.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['contracts'],
  ['otp', 'metrics'],
  ['verification', 'routing', 'policy', 'risk'],
  ['providers', 'bus', 'queues', 'quality', 'database'],
  ['runtime'],
  ['client', 'cli'],
];
/** Anyone may use these in tests; at run time only `TOOL_USERS` may. */
const TOOLS = ['testkit', 'carrier-sim', 'stage'];
const TOOL_USERS = ['standalone', 'stage', 'bench', 'chaos'];
/** Composes the services in one process. The tools at the root take the configuration of a first start from it. */
const COMPOSER = 'standalone';

export interface Workspace {
  /** Without the scope: `bus`. */
  name: string;
  /** `tool`: at the root, beside the product; it starts services as processes and may use every package. */
  kind: 'package' | 'service' | 'tool';
}

/** Why `from` must not depend on `to` (as a dependency of the given kind), or undefined if it may. */
export function whyForbidden(
  from: Workspace,
  to: Workspace,
  dependency: 'dependencies' | 'devDependencies',
): string | undefined {
  if (TOOLS.includes(to.name)) {
    if (dependency === 'devDependencies' || TOOL_USERS.includes(from.name)) return undefined;
    return `${to.name} is for tests: it may only be a devDependency (of all but ${TOOL_USERS.join(', ')})`;
  }
  if (from.name === 'testkit') {
    return to.name === 'contracts' ? undefined : 'testkit serves everybody, so it may use contracts only';
  }
  if (to.kind === 'tool') return `nothing depends on ${to.name}: it is a tool`;
  if (to.kind === 'service') {
    if (from.kind === 'tool' && to.name === COMPOSER) return undefined;
    return from.name === COMPOSER ? undefined : `services are used by ${COMPOSER} only: share by a package`;
  }
  if (from.kind !== 'package') return undefined;
  const [own, other] = [layerOf(from.name), layerOf(to.name)];
  if (own === -1) return `${from.name} has no layer yet: say in infra/checks/layers.ts where it belongs`;
  if (other === -1) return `${to.name} has no layer yet: say in infra/checks/layers.ts where it belongs`;
  return other < own ? undefined : `imports go downwards only: ${to.name} does not lie below ${from.name}`;
}

function layerOf(name: string): number {
  return LAYERS.findIndex((layer) => layer.includes(name));
}
