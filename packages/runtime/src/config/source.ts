import { LineCounter, isAlias, isCollection, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, ErrorCode, Node } from 'yaml';
import type { ConfigIssue, ConfigPath } from './issues.ts';

/** A YAML file that knows where everything stands. */
export interface ConfigSource {
  file: string;
  root: Node | null;
  issues: ConfigIssue[];
  /** Follows an alias to what it stands for. */
  resolve: (node: unknown) => Node | null;
  /** The scalar at a path as it is written, before references are resolved; empty where there is none. */
  textAt: (path: ConfigPath) => string;
  /** Where a path's value stands (with `key`: its key), or the nearest part of the path that is there. */
  locate: (path: ConfigPath, key?: 'key') => { line: number; column: number };
}

export function parseSource(text: string, file: string): ConfigSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const positionOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const resolve = (node: unknown) => resolveNode(node, document);
  return {
    file,
    root: resolve(document.contents),
    issues: [...document.errors, ...document.warnings].map((error) => ({
      file,
      ...positionOf(error.pos[0]),
      path: '',
      ...explainSyntax(error.code, lineAt(text, error.pos[0])),
    })),
    resolve,
    textAt: (path) => {
      const node = resolve(document.getIn(path, true));
      return isScalar(node) ? String(node.value) : '';
    },
    locate: (path, key) => positionOf(offsetOf(path, resolve(document.contents), resolve, key)),
  };
}

function resolveNode(node: unknown, document: Document): Node | null {
  if (isAlias(node)) return (node.resolve(document) as Node | undefined) ?? null;
  return isScalar(node) || isCollection(node) ? node : null;
}

function offsetOf(
  path: ConfigPath,
  root: Node | null,
  resolve: (node: unknown) => Node | null,
  key: 'key' | undefined,
): number {
  let node = root;
  let offset = root?.range?.[0] ?? 0;
  for (const [index, part] of path.entries()) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === part);
      if (!pair) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      next = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      next = node.items[part];
      if (next === undefined) return offset;
      offset = (next as Node).range?.[0] ?? offset;
    }
    node = resolve(next);
    const wantsKey = key !== undefined && index === path.length - 1;
    if (isScalar(node) && !wantsKey) offset = (next as Node).range?.[0] ?? offset;
  }
  return offset;
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? undefined : end);
}

/** In our words and without the source line, which the parser's own messages quote: it may hold a secret. */
function explainSyntax(code: ErrorCode, line: string): Pick<ConfigIssue, 'expected' | 'found' | 'fix'> {
  const found = FOUND[code] ?? `a fault (${code})`;
  const inFlow = /[{[,]\s*[^"']*\$\{/.test(line) || /:\s*[[{].*\$\{/.test(line);
  const fix = inFlow ? 'Inside { } and [ ] a reference needs quotes: "${env:NAME}".' : FIXES[code];
  return { expected: 'YAML', found, ...(fix === undefined ? {} : { fix }) };
}

const FOUND: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: 'an alias (*) without its anchor (&)',
  BAD_INDENT: 'a wrong indentation',
  BLOCK_AS_IMPLICIT_KEY: 'a second “: ” on one line',
  DUPLICATE_KEY: 'the same key twice in one mapping',
  MISSING_CHAR: 'a quote, bracket, brace or colon missing',
  MULTILINE_IMPLICIT_KEY: 'a key that runs over several lines',
  MULTIPLE_DOCS: 'several documents in one file',
  TAB_AS_INDENT: 'a tab as indentation',
  UNEXPECTED_TOKEN: 'a sign that cannot stand here',
  BAD_SCALAR_START: 'a text that begins with a reserved sign',
};

const FIXES: Partial<Record<ErrorCode, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'A text that holds “: ” needs quotes.',
  DUPLICATE_KEY: 'Remove one of them.',
  MULTIPLE_DOCS: 'Remove the --- lines.',
  TAB_AS_INDENT: 'Indent with spaces.',
  BAD_SCALAR_START: 'Put the text in quotes.',
};
