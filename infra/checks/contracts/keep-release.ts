import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCUMENTS, findBreaks } from './releases.ts';

/**
 * Keeps today's documents as those of a version, for the next ones to be compared with.
 *
 * @returns why it may not be; empty where they are kept
 */
export function keepRelease(docs: string, version: string): string[] {
  const folder = join(docs, 'releases', version);
  const changed = DOCUMENTS.map((name) => `${name}.json`).filter(
    (file) => existsSync(join(folder, file)) && !hasSameText(join(folder, file), join(docs, file)),
  );
  if (changed.length > 0)
    return [
      `${version} is out already, with other contracts (${changed.join(', ')}): raise the version in package.json first.`,
    ];
  const breaks = findBreaks(docs, version);
  if (breaks.length > 0) return breaks;
  mkdirSync(folder, { recursive: true });
  for (const name of DOCUMENTS) copyFileSync(join(docs, `${name}.json`), join(folder, `${name}.json`));
  return [];
}

function hasSameText(one: string, other: string): boolean {
  return readFileSync(one, 'utf8') === readFileSync(other, 'utf8');
}
