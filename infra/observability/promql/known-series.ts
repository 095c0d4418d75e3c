import { METRIC_GROUPS, mayHold, type MetricSpec } from '@watchword/metrics';
import { readExpression } from './read-expression.ts';

/** A series by the name that Prometheus has for it, with what its labels may hold where that is known. */
export interface KnownSeries {
  labels: ReadonlySet<string>;
  mayHold: (label: string, value: string) => boolean;
}

/** What Prometheus adds to what it scrapes, and `service`, which every series has. */
const COMMON = ['service', 'instance', 'job'];
/** Prometheus' own. */
const SCRAPED: KnownSeries = { labels: new Set(COMMON), mayHold: () => true };

/** Everything that a rule or a panel may ask for: the metrics of docs/metrics.md, and what rules record. */
export function knownSeries(recorded: readonly { record: string; expr: string }[]): ReadonlyMap<string, KnownSeries> {
  const ours = Object.values(METRIC_GROUPS).flatMap((group) => Object.values(group).flatMap(seriesOf));
  const theirs = recorded.map(({ record, expr }): [string, KnownSeries] => {
    const { grouping } = readExpression(expr);
    return [record, { labels: new Set(grouping), mayHold: () => true }];
  });
  return new Map([...ours, ...theirs, ['up', SCRAPED]]);
}

function seriesOf(metric: MetricSpec): [string, KnownSeries][] {
  const { name, type, labels } = metric;
  const of = (more: readonly string[]): KnownSeries => ({
    labels: new Set([...Object.keys(labels), ...COMMON, ...more]),
    mayHold: (label, value) => labels[label] === undefined || mayHold(labels[label], value),
  });
  if (type !== 'histogram') return [[name, of([])]];
  return [
    [`${name}_bucket`, of(['le'])],
    [`${name}_sum`, of([])],
    [`${name}_count`, of([])],
  ];
}

/** What is wrong with an expression: grammar, metrics that there are not, labels that they do not have, values never held. */
export function judgeExpression(expr: string, known: ReadonlyMap<string, KnownSeries>): string[] {
  const { faults, selectors, grouping } = readExpression(expr);
  const found = selectors.map(({ metric, matchers }) => ({ metric, matchers, series: known.get(metric) }));
  const unknown = found.flatMap(({ metric, series }) => (series ? [] : [`no metric ${metric}`]));
  const wrong = found.flatMap(({ metric, matchers, series }) =>
    series ? matchers.flatMap((matcher) => judgeMatcher(metric, series, matcher)) : [],
  );
  const strangers = grouping
    .filter((label) => label !== 'le' && !found.some(({ series }) => series?.labels.has(label)))
    .map((label) => `grouped by ${label}, which none of its metrics has`);
  return [...faults, ...unknown, ...wrong, ...strangers];
}

/** Alternatives of plain words are looked up; other patterns, and Grafana's variables, could be anything. */
const PLAIN_PATTERN = /^[\w.{}-]+(\|[\w.{}-]+)*$/;

function judgeMatcher(
  metric: string,
  series: KnownSeries,
  { label, op, value }: { label: string; op: string; value: string },
): string[] {
  if (!series.labels.has(label)) return [`${metric} has no label ${label}`];
  if (value.startsWith('$') || (op.includes('~') && !PLAIN_PATTERN.test(value))) return [];
  const values = op.includes('~') ? value.split('|') : [value];
  return values.filter((each) => !series.mayHold(label, each)).map((each) => `${metric}: ${label} is never ${each}`);
}
