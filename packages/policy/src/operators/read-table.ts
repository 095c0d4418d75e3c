import { readFileSync } from 'node:fs';

/**
 * A table that `npm run generate` made, as it lies beside this file. Read when it is asked for and not imported: most users of
 * this package never do, and who does keeps only what is made of it.
 */
export function readTable<Value>(name: 'number-prefixes.json' | 'networks.json'): Record<string, Value> {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Record<string, Value>;
}
