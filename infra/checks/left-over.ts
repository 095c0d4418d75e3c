import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files below these folders that are none of those that are made from code, such as those of a generator that is gone. */
export function findLeftOver(folders: readonly string[], made: readonly string[]): string[] {
  const known = new Set(made.map((path) => join(path)));
  return folders
    .flatMap((folder) => globSync('**/*', { cwd: folder }).map((file) => join(folder, file)))
    .filter((path) => statSync(path).isFile() && !known.has(path));
}
