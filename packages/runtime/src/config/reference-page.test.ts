import { expect, test } from 'vitest';
import { renderConfigReference } from './reference-page.ts';
import { ConfigSchema } from './schema.ts';
import type { SchemaNode } from './schema-node.ts';

/** Every description-bearing scalar of the schema, by its key. */
function keysOf(node: SchemaNode): string[] {
  const inner = [...Object.values(node.properties ?? {}), ...(node.items ? [node.items] : []), ...(node.anyOf ?? [])];
  return [...Object.keys(node.properties ?? {}), ...inner.flatMap((child) => keysOf(child))];
}

test('the reference page names every field of the schema, and describes each', () => {
  const page = renderConfigReference();
  for (const key of keysOf(ConfigSchema as unknown as SchemaNode)) expect(page).toMatch(new RegExp(`\\b${key}\\b`));
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(80);
  expect(rows.filter((row) => / \| {1,2}\|$/.test(row))).toEqual([]);
  expect(page).toContain('| `defaults.code_length` | a whole number from 4 to 10 | `6` | Digits of a code. |');
});
