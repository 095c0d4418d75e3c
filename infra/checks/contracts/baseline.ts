import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from './resolve-refs.ts';

/** A folder for every release, named by its version. */
export const RELEASES = 'docs/releases';
export const DOCUMENTS = ['openapi', 'asyncapi'] as const;
type DocumentName = (typeof DOCUMENTS)[number];

/** What clients live by until the next release. */
export interface Baseline {
  version: string;
  folder: string;
}

/** The last release. */
export function findBaseline(): Baseline | undefined {
  const version = latestOf(readdirSync(RELEASES));
  return version === undefined ? undefined : { version, folder: join(RELEASES, version) };
}

/** The highest version by its numbers; what is no version counts for nothing. */
export function latestOf(names: readonly string[]): string | undefined {
  const numbers = (version: string): number[] => version.split('.').map(Number);
  return names
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    .toSorted((a, b) => {
      const [one, other] = [numbers(a), numbers(b)];
      const differing = one.findIndex((part, i) => part !== other[i]);
      return differing === -1 ? 0 : one[differing]! - other[differing]!;
    })
    .at(-1);
}

export function readDocument(folder: string, name: DocumentName): Json {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Json;
}
