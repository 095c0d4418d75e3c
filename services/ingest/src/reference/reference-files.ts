import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

interface ReferenceFile {
  path: string;
  type: string;
}

export interface Reference {
  html: string;
  /** Changes with any of the files. */
  version: string;
  /** By the name in the path; nothing else is ever served. */
  files: ReadonlyMap<string, ReferenceFile>;
}

const JS = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** The page and what it is made of: Swagger UI from its package and our few lines. Nothing comes from elsewhere. */
export function findReference(): Reference {
  const require = createRequire(import.meta.url);
  const own = (name: string): string => fileURLToPath(new URL(`./page/${name}`, import.meta.url));
  const files = new Map<string, ReferenceFile>([
    // not by the package's main module, which would run the browser's code in here
    ['swagger-ui.css', { path: require.resolve('swagger-ui-dist/swagger-ui.css'), type: CSS }],
    ['swagger-ui-bundle.js', { path: require.resolve('swagger-ui-dist/swagger-ui-bundle.js'), type: JS }],
    ['reference.css', { path: own('reference.css'), type: CSS }],
    ['reference.mjs', { path: own('reference.mjs'), type: JS }],
  ]);
  const version = hashOf([...files.values()].map(({ path }) => path));
  return { html: readFileSync(own('reference.html'), 'utf8').replaceAll('{version}', version), version, files };
}

function hashOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 12);
}
