import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findAsyncApiBreaks } from './asyncapi-changes.ts';
import { findOpenApiBreaks } from './openapi-changes.ts';
import type { Json } from './resolve-refs.ts';

export const DOCUMENTS = ['openapi', 'asyncapi'] as const;

/** The documents of a version. */
export interface Release {
  version: string;
  folder: string;
}

/** What was released, the oldest first: `releases` beside today's documents has a folder for each, named by its version. */
export function releasesIn(docs: string): Release[] {
  const folder = join(docs, 'releases');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return versionsIn(names).map((version) => ({ version, folder: join(folder, version) }));
}

/** By their numbers; what is no version counts for nothing. */
export function versionsIn(names: readonly string[]): string[] {
  const numbers = (version: string): number[] => version.split('.').map(Number);
  return names
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    .toSorted((a, b) => {
      const [one, other] = [numbers(a), numbers(b)];
      const differing = one.findIndex((part, i) => part !== other[i]);
      return differing === -1 ? 0 : one[differing]! - other[differing]!;
    });
}

/**
 * What breaks those who live by a release, in the one after it or in today's documents. Kept ones are compared too: a break that was
 * kept as a release would else be what the next ones are measured by.
 */
export function findBreaks(docs: string, version: string): string[] {
  const line = [...releasesIn(docs), { version, folder: docs }];
  return line.slice(1).flatMap((newer, at) => breaksBetween(line[at]!, newer));
}

function breaksBetween(older: Release, newer: Release): string[] {
  if (major(newer.version) > major(older.version)) return [];
  return [
    ...findOpenApiBreaks(readDocument(older, 'openapi'), readDocument(newer, 'openapi')),
    ...findAsyncApiBreaks(readDocument(older, 'asyncapi'), readDocument(newer, 'asyncapi')),
  ].map((what) => `${newer.version} breaks ${older.version}: ${what}`);
}

function major(version: string): number {
  return Number(version.split('.')[0]);
}

function readDocument({ folder }: Release, name: (typeof DOCUMENTS)[number]): Json {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Json;
}
