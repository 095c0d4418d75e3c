import type { Mark, Measurement, Row } from '../bench.ts';

/** The rows as a table, the marks below it, each beside what was committed last. */
export function renderMeasurement({ pinned, rows, marks }: Measurement, before: readonly Mark[] | undefined): string[] {
  const groups = [...new Set(rows.flatMap(({ cpuPer10k }) => Object.keys(cpuPer10k ?? {})))];
  const head = ['', 'per second', 'p50 ms', 'p99 ms', ...groups.map((group) => `${group} CPU-s/10k`)];
  const lines = rows.map((row) => [
    row.what,
    round(row.perSecond),
    round(row.p50Ms),
    round(row.p99Ms),
    ...groups.map((group) => round(row.cpuPer10k?.[group])),
  ]);
  return [
    `  ${pinned}`,
    ...renderTable([head, ...lines]),
    ...marks.map(
      (mark) =>
        `  ${renderMark(
          mark,
          before?.find(({ name }) => name === mark.name),
        )}`,
    ),
  ];
}

/** Whether a mark is not what it has to be. */
export function isMissed({ value, atLeast, atMost }: Mark): boolean {
  return (atLeast !== undefined && !(value >= atLeast)) || (atMost !== undefined && !(value <= atMost));
}

/** Less than this is the noise of a small machine. */
const MOVED_SHARE = 0.1;

function renderMark(mark: Mark, before: Mark | undefined): string {
  const { name, value, unit, atLeast, atMost } = mark;
  const bound = atLeast !== undefined ? ` (at least ${atLeast})` : atMost !== undefined ? ` (at most ${atMost})` : '';
  const verdict = isMissed(mark) ? ' MISSED' : '';
  return `${name}: ${round(value)}${unit}${bound}${verdict}${renderMove(value, before)}`;
}

function renderMove(value: number, before: Mark | undefined): string {
  if (before === undefined) return '';
  const moved = value / before.value - 1;
  if (Math.abs(moved) < MOVED_SHARE) return `; as before (${round(before.value)})`;
  return `; ${moved > 0 ? '+' : ''}${Math.round(moved * 100)} % since the last (${round(before.value)})`;
}

function renderTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(
    (row) =>
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}`,
  );
}

/** Three figures are all that a run of some seconds can tell. */
function round(value: Row['perSecond']): string {
  if (value === undefined) return '–';
  if (value >= 1_000) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
