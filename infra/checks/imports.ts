import { posix } from 'node:path';

const SCOPE = '@watchword/';
/** What a workspace exports beside its index, because the index must not load it. */
const SIDE_DOORS = new Set([
  // A test suite that others run against their own peers.
  '@watchword/providers/conformance',
  // Verifications and attempts that tests of several workspaces begin with.
  '@watchword/verification/states-for-tests',
]);
/** `from '…'`, `import '…'`, `import('…')`; a comment or text that looks like one is as good a reason to look. */
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"\n]+)\1/g;

export interface FoundImport {
  specifier: string;
  /** Counted from 1. */
  line: number;
}

export function findImports(source: string): FoundImport[] {
  return [...source.matchAll(IMPORT)].map((match) => ({
    specifier: match[2] ?? '',
    line: source.slice(0, match.index).split('\n').length,
  }));
}

/** Why a source file may not import this, or undefined if it may. `file` is relative to its workspace's folder. */
export function judgeImport(
  specifier: string,
  at: { file: string; own: string; dependencies: readonly string[]; devDependencies: readonly string[] },
): string | undefined {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(at.file), specifier);
    return target.startsWith('../') ? `'${specifier}' leaves the workspace: import ${SCOPE}<name>` : undefined;
  }
  if (!specifier.startsWith(SCOPE)) return undefined;
  const [name = '', ...deeper] = specifier.slice(SCOPE.length).split('/');
  if (deeper.length > 0 && !SIDE_DOORS.has(specifier))
    return `'${specifier}' reaches into a workspace: import ${SCOPE}${name}`;
  if (name === at.own) return `'${specifier}' is this workspace itself: import the file`;
  if (at.dependencies.includes(name)) return undefined;
  if (!at.devDependencies.includes(name)) return `'${specifier}' is not in this workspace's package.json`;
  return isTest(at.file) ? undefined : `'${specifier}' is a devDependency, but this file is no test`;
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || file.startsWith('test/') || file.includes('/test/');
}
