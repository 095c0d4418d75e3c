import { EXAMPLE_SIZES, LARGEST_SIZES, renderFormula, seriesMost } from './cardinality.ts';
import { METRIC_GROUPS } from './catalogue/metrics.ts';
import { DIMENSIONS, type Dimension } from './dimensions.ts';
import type { LabelValues, MetricSpec } from './spec.ts';

const HEAD = `# Metrics

At \`/metrics\` of every process, in Prometheus’ format; every series carries \`service\` (of a process that runs
several, as \`npm start\` does, its own name). Which process it is, Prometheus says by
the \`instance\` that it adds to what it scrapes; \`watchword_build_info\` connects it with the name that the process has in logs.
Made from the code by \`npm run generate\`; a test runs the whole product and compares what it shows with this page.

## Names

What OpenTelemetry has a semantic convention for has that name, in Prometheus’ spelling: requests over HTTP
(\`http_server_…\`), and sending, consuming and handling messages of Kafka and jobs of BullMQ (\`messaging_…\`), so that dashboards
for these work as they are; \`url_scheme\` is left out, since it would always be http. What
is the product’s own begins with \`watchword_\`; Node’s own metrics have the names that prom-client gives them. Units are base
units and stand last, counters end with \`_total\`, and nothing is shown twice under two names.

Rate, errors and duration of a service are those of its requests (\`http_server_request_duration_seconds\`), its records and
its jobs (\`messaging_process_duration_seconds\`) and its publishing (\`messaging_client_operation_duration_seconds\`); errors have an
\`error_type\`. What has not happened yet is there as 0 only where its labels are known from the start.

## Cardinality

A label never holds an id, an address, a tenant or a path, and of countries there are too many beside providers: these are in
the events. A column says how many series a process may show of a metric, and the number for a deployment of ten providers.
`;

/** `docs/metrics.md`. */
export function renderMetricsPage(): string {
  const groups = Object.entries(METRIC_GROUPS).map(([title, group]) => renderGroup(title, Object.values(group)));
  return `${HEAD}\n${renderDimensions()}\n${groups.join('\n')}\n${renderTotal()}`;
}

function renderDimensions(): string {
  const rows = (Object.keys(DIMENSIONS) as Dimension[]).map((name) => {
    const { what } = DIMENSIONS[name];
    return `| ${name} | ${what} | ${count(EXAMPLE_SIZES[name])} | ${count(LARGEST_SIZES[name])} |`;
  });
  return `| values | what they are | with ten providers | at most |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function renderGroup(title: string, metrics: readonly MetricSpec[]): string {
  const rows = metrics.map((metric) => {
    const { name, type, unit, help } = metric;
    return `| \`${name}\` | ${type} | ${unit} | ${renderLabels(metric)} | ${renderSeries(metric)} | ${help} |`;
  });
  return `## ${title}\n\n| metric | type | unit | labels | series | what |\n| --- | --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function renderSeries(metric: MetricSpec): string {
  const [formula, most] = [renderFormula(metric), count(seriesMost(metric, EXAMPLE_SIZES))];
  return formula === most ? most : `${formula} = ${most}`;
}

function renderLabels({ labels }: MetricSpec): string {
  const all = Object.entries(labels).map(([label, values]) => `${label} (${renderValues(values)})`);
  return all.length === 0 ? '–' : all.join(', ');
}

function renderValues(values: LabelValues): string {
  return typeof values === 'string' ? values : values.map((value) => (value === '' ? 'none' : value)).join(' ');
}

function renderTotal(): string {
  const metrics = Object.values(METRIC_GROUPS).flatMap((group) => Object.values(group));
  const sum = metrics.reduce((all, metric) => all + seriesMost(metric, EXAMPLE_SIZES), 0);
  return `A process that ran everything with ten providers and had met every case would show ${count(sum)} series; a real one shows a small part.\n`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}
