// The walls between workspaces: dependencies follow the layers, and sources import only what their package.json names.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findImports, judgeImport } from './imports.ts';
import { whyForbidden, type Workspace } from './layers.ts';

const SCOPE = '@watchword/';
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

interface Manifest extends Workspace {
  folder: string;
  dependencies: string[];
  devDependencies: string[];
}

function readManifest(path: string): Manifest {
  const read = JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, unknown>;
  const ours = (field: string): string[] =>
    Object.keys((read[field] as object | undefined) ?? {})
      .filter((name) => name.startsWith(SCOPE))
      .map((name) => name.slice(SCOPE.length));
  return {
    name: String(read['name']).slice(SCOPE.length),
    kind: kindOf(path),
    folder: dirname(path),
    dependencies: ours('dependencies'),
    devDependencies: ours('devDependencies'),
  };
}

function kindOf(path: string): Workspace['kind'] {
  if (path.startsWith('services/')) return 'service';
  return path.startsWith('packages/') ? 'package' : 'tool';
}

function brokenDependencies(workspace: Manifest, all: readonly Manifest[]): string[] {
  return (['dependencies', 'devDependencies'] as const).flatMap((kind) =>
    workspace[kind].flatMap((name) => {
      const target = all.find((other) => other.name === name);
      const why = target ? whyForbidden(workspace, target, kind) : `there is no workspace ${SCOPE}${name}`;
      return why === undefined ? [] : [`${workspace.folder}/package.json: ${SCOPE}${name} in ${kind}: ${why}`];
    }),
  );
}

function brokenImports(workspace: Manifest): string[] {
  const sources = globSync(`${workspace.folder}/**/*.{ts,mts,mjs}`, {
    cwd: root,
    exclude: (path) => path.endsWith('node_modules'),
  });
  return sources.flatMap((path) =>
    findImports(readFileSync(join(root, path), 'utf8')).flatMap(({ specifier, line }) => {
      const why = judgeImport(specifier, {
        file: relative(workspace.folder, path),
        own: workspace.name,
        dependencies: workspace.dependencies,
        devDependencies: workspace.devDependencies,
      });
      return why === undefined ? [] : [`${path}:${line}: ${why}`];
    }),
  );
}

const workspaces = globSync('{stage,chaos,bench,{packages,services}/*}/package.json', { cwd: root })
  .sort()
  .map(readManifest);
const broken = workspaces.flatMap((workspace) => [
  ...brokenDependencies(workspace, workspaces),
  ...brokenImports(workspace),
]);
for (const line of broken) console.error(line);
console.log(
  broken.length === 0 ? `${workspaces.length} workspaces keep the walls` : `${broken.length} breaches (design §3)`,
);
process.exitCode = broken.length === 0 ? 0 : 1;
