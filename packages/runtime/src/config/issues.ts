/** One thing that is wrong with a configuration file. No field ever holds a secret's value. */
export interface ConfigIssue {
  file: string;
  /** from 1 */
  line: number;
  /** from 1 */
  column: number;
  /** `tenants[0].api_keys[1].sha256`; empty for the file as a whole */
  path: string;
  expected: string;
  found: string;
  /** What to do about it. */
  fix?: string;
}

export type ConfigPath = readonly (string | number)[];

export function formatPath(path: ConfigPath): string {
  let out = '';
  for (const part of path) {
    if (typeof part === 'number') out += `[${part}]`;
    else out += out === '' ? part : `.${part}`;
  }
  return out;
}

/** `file:line:column: path: expected …, found …. What to do.` */
export function formatIssue(issue: ConfigIssue): string {
  const where = `${issue.file}:${issue.line}:${issue.column}: `;
  const path = issue.path === '' ? '' : `${issue.path}: `;
  const fix = issue.fix === undefined ? '' : ` ${issue.fix}`;
  return `${where}${path}expected ${issue.expected}, found ${issue.found}.${fix}`;
}

/** Issues in the order of the file, each on its line. */
export function formatIssues(issues: readonly ConfigIssue[]): string {
  const sorted = [...issues].sort((a, b) => a.line - b.line || a.column - b.column);
  const head =
    issues.length === 1 ? 'The configuration has an error:' : `The configuration has ${issues.length} errors:`;
  return [head, ...sorted.map((issue) => `  ${formatIssue(issue)}`)].join('\n');
}
