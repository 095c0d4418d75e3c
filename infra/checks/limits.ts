/** A bound that the code states: a constant with its unit in its name, and the comment above it. */
export interface Limit {
  file: string;
  name: string;
  /** As it is written. */
  value: string;
  /** Empty where there is no comment. */
  reason: string;
}

/** Names that say what they count: `_MS`, `_BYTES`, or that something is the most or the least. */
const BOUND =
  /_(MS|S|SECONDS|BYTES|CHARS|CHARACTERS|TIMES|MAX|MIN|DEFAULT|CEILING)$|_(MAX|MIN)_|^(MAX|MIN)_|_PER_|_HIGH$|_LOW$|_AT$|_AT_ONCE$/;
/** Names for numbers that everybody knows. */
const UNITS = /^(MS|(SECOND|MINUTE|HOUR|DAY)_MS|UNITS_MS)$/;
const CONSTANT = /^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: [^=]+)? =\s*(.*)$/;
const LUA_CONSTANT = /^local ([A-Z][A-Z0-9_]*) = (\d+)\s*$/;
const NUMERIC = /^[\d\s_.*/+()-]+$/;
/** What bounds of a kind are kept in: `{ firstMs: 100, maxMs: 5_000 }`, `{ api: 1500, background: 3000 } as const`. */
const NUMBERS = /^\{\s*(?:\w+: [\d\s_.*/+()-]+,?\s*)+\}(?: as const)?$/;

/** Where the name does not tell, a field does. */
const NAMED_BOUND = /\b\w+(?:Ms|Max): /;

/** The bounds of one source file, in their order. */
export function readLimits(file: string, text: string): Limit[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const [, name, first] = (file.endsWith('.lua') ? LUA_CONSTANT : CONSTANT).exec(line) ?? [];
    if (name === undefined || first === undefined || UNITS.test(name)) return [];
    const value = readValue(lines, at, first);
    if (!BOUND.test(name) && !NAMED_BOUND.test(value)) return [];
    if (!NUMERIC.test(value) && !NUMBERS.test(value)) return [];
    return [{ file, name, value, reason: readComment(lines, at) }];
  });
}

function readValue(lines: readonly string[], at: number, first: string): string {
  if (lines[at]!.startsWith('local ')) return first;
  let value = first;
  for (let next = at + 1; !value.endsWith(';') && next < lines.length && next < at + 12; next++) {
    value += ` ${lines[next]!.trim()}`;
  }
  return value
    .replace(/;$/, '')
    .replaceAll(/,\s*\}/g, ' }')
    .trim();
}

function readComment(lines: readonly string[], at: number): string {
  const found: string[] = [];
  for (let above = at - 1; above >= 0; above--) {
    const line = lines[above]!.trim();
    if (!/^(\/\*\*|\*|\/\/|--)/.test(line)) break;
    found.unshift(line);
    if (line.startsWith('/**')) break;
  }
  return found
    .map((line) => line.replace(/^(\/\*\*|\*\/|\*|\/\/|--)\s?/, '').replace(/\s*\*\/$/, ''))
    .join(' ')
    .trim();
}

/** `15 s`, `512 KiB`, `2,000`; what is no plain number stays as it is written. */
export function renderValue({ name, value }: Pick<Limit, 'name' | 'value'>): string {
  if (NUMERIC.test(value)) return renderNumber(name, evaluate(value));
  const fields = [...value.matchAll(/(\w+): ([\d\s_.*/+()-]+)/g)];
  return fields
    .map(
      ([, field, number]) =>
        `${field!.replace(/Ms$/, '')} ${renderNumber(field!.endsWith('Ms') ? '_MS' : name, evaluate(number!))}`,
    )
    .join(', ');
}

/** Products and quotients of numbers, as constants are written. */
function evaluate(expression: string): number {
  const terms = expression.replaceAll(/[\s_()]/g, '').split('+');
  const product = (term: string): number => {
    const [first, ...more] = term.split(/(?=[*/])/);
    return more.reduce(
      (all, factor) => (factor.startsWith('*') ? all * Number(factor.slice(1)) : all / Number(factor.slice(1))),
      Number(first),
    );
  };
  return terms.reduce((sum, term) => sum + product(term), 0);
}

function renderNumber(name: string, number: number): string {
  if (/_MS\b|_MS$|^MS|_MS_/.test(name)) return renderDuration(number);
  if (/_(S|SECONDS)$|_SECONDS_|_S_/.test(name)) return renderDuration(number * 1_000);
  if (/BYTES/.test(name)) return renderBytes(number);
  return number.toLocaleString('en');
}

function renderDuration(ms: number): string {
  if (ms >= 86_400_000 && ms % 86_400_000 === 0) return `${ms / 86_400_000} d`;
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`;
}

function renderBytes(bytes: number): string {
  if (bytes >= 1_048_576 && bytes % 1_048_576 === 0) return `${bytes / 1_048_576} MiB`;
  return bytes >= 1_024 && bytes % 1_024 === 0 ? `${bytes / 1_024} KiB` : `${bytes.toLocaleString('en')} bytes`;
}

const HEAD = `# Limits

Every queue, retry, batch, cache and time-out has a bound. These are read from the code by \`npm run generate\`, each with the
reason that stands there; a bound without a reason fails the check. What a deployment chooses itself is in [config.md](config.md).
`;

/**
 * @throws Error naming every bound without a reason
 */
export function renderLimits(limits: readonly Limit[]): string {
  const bare = limits.filter(({ reason }) => reason === '');
  if (bare.length > 0) {
    const list = bare.map(({ file, name }) => `  ${file}: ${name}`).join('\n');
    throw new Error(`These bounds do not say why (a comment right above each):\n${list}`);
  }
  const workspaceOf = ({ file }: Limit): string => file.split('/').slice(0, 2).join('/');
  const sections = [...Map.groupBy(limits, workspaceOf)].map(([workspace, of]) => {
    const rows = of.map((limit) => {
      const place = limit.file.slice(workspace.length + '/src/'.length);
      return `| \`${limit.name}\` | ${renderValue(limit)} | ${limit.reason.replaceAll('|', '\\|')} | ${place} |`;
    });
    return `\n## ${workspace}\n\n| bound | value | why | where |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return `${HEAD}${sections.join('')}`;
}
