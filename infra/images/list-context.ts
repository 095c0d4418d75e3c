import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import dockerignore from '@balena/dockerignore';

/** Its types say `export default`, its code `module.exports`. */
const createRules = dockerignore as unknown as typeof dockerignore.default;
/** Never part of an image, and large: not looked into. */
const SKIPPED = new Set(['node_modules', '.git', '.watchword', '.turbo']);

/** The files that `docker build` would be given: those of a folder that its `.dockerignore` lets through. */
export function listContext(root: string): string[] {
  const rules = createRules().add(readFileSync(join(root, '.dockerignore'), 'utf8'));
  const walk = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : walk(path);
      return rules.ignores(path) ? [] : [path];
    });
  return walk('.');
}
