import { ConfigSchema } from './schema.ts';
import type { SchemaNode } from './schema-node.ts';
import { describeExpected, isRequired } from './schema-node.ts';

const INTRODUCTION = `# Configuration

One YAML file, named by \`WATCHWORD_CONFIG\` (default \`.watchword/config.yaml\`), checked at boot: every fault is listed with
file, line, column, path and what to do. Unknown keys are faults.

Any scalar may be \`\${env:NAME}\` or \`\${file:path}\` (relative to this file, its content trimmed), and a text may hold
\`\${env:NAME}\` in its middle. Secrets take nothing but references. Inside \`{ }\` and \`[ ]\` a reference needs quotes.

This page is generated from the schema.
`;

interface Row {
  path: string;
  takes: string;
  fallback: string;
  description: string;
}

/** `docs/config.md`: every field with what it takes, its default and what it is for. */
export function renderConfigReference(): string {
  const sections: string[] = [INTRODUCTION];
  const root = ConfigSchema as unknown as SchemaNode;
  const scalars = Object.entries(root.properties ?? {}).filter(([, node]) => !isSection(node));
  sections.push(renderTable(scalars.flatMap(([key, node]) => rowsOf(key, node, isRequired(root, key)))));
  for (const [key, node] of Object.entries(root.properties ?? {})) {
    if (!isSection(node)) continue;
    sections.push(`## ${key}\n\n${node.description ?? ''}\n`);
    for (const variant of variantsOf(node)) sections.push(renderVariant(key, variant));
  }
  return `${sections.join('\n').trimEnd()}\n`;
}

function isSection(node: SchemaNode): boolean {
  return node.type === 'object' || node.type === 'array';
}

/** A list of a tagged union gets one table per tag. */
function variantsOf(node: SchemaNode): { node: SchemaNode; title?: string }[] {
  const variants = node.items?.anyOf;
  if (!variants) return [{ node }];
  return variants.map((variant) => ({
    node: { ...node, items: variant },
    title: `### type: ${variant.properties?.['type']?.const ?? ''}\n\n${variant.description ?? ''}\n`,
  }));
}

function renderVariant(key: string, variant: { node: SchemaNode; title?: string }): string {
  const rows = rowsOf(key, variant.node, true).filter((row) => row.path !== key);
  return [...(variant.title === undefined ? [] : [variant.title]), renderTable(rows)].join('\n');
}

function rowsOf(path: string, node: SchemaNode, required: boolean): Row[] {
  if (node.type === 'object' && node.properties) {
    return Object.entries(node.properties).flatMap(([key, property]) =>
      rowsOf(`${path}.${key}`, property, required && isRequired(node, key)),
    );
  }
  if (node.type === 'object' && node.patternProperties) {
    const item = Object.values(node.patternProperties)[0] ?? {};
    return [rowOf(`${path}.<id>`, { ...item, ...pickDescription(node) }, required)];
  }
  if (node.type === 'array' && node.items?.type === 'object') return rowsOf(`${path}[]`, node.items, true);
  return [rowOf(path, node, required)];
}

function pickDescription(node: SchemaNode): { description?: string } {
  return node.description === undefined ? {} : { description: node.description };
}

function rowOf(path: string, node: SchemaNode, required: boolean): Row {
  const fallback =
    node.default === undefined ? (required ? 'must be given' : '–') : `\`${JSON.stringify(node.default)}\``;
  return { path, takes: describeExpected(node), fallback, description: node.description ?? '' };
}

function renderTable(rows: readonly Row[]): string {
  const cells = rows.map(
    (row) => `| \`${row.path}\` | ${escapeCell(row.takes)} | ${row.fallback} | ${escapeCell(row.description)} |`,
  );
  return ['| field | takes | default | what it is |', '| --- | --- | --- | --- |', ...cells, ''].join('\n');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
