import { describe, expect, test } from 'vitest';
import { EXAMPLE_SIZES, LARGEST_SIZES, mayHold, renderFormula, seriesMost } from './cardinality.ts';
import { METRICS, METRIC_GROUPS } from './catalogue/metrics.ts';
import { renderMetricsPage } from './metrics-page.ts';

const ALL = Object.values(METRIC_GROUPS).flatMap((group) => Object.values(group));
const OURS = Object.values(METRICS);

describe('the catalogue', () => {
  test('names each metric once', () => {
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
  });

  test.each(OURS.map((metric) => [metric.name, metric] as const))('%s has a name by the rule', (name, metric) => {
    expect(name).toMatch(/^(watchword|http_server|messaging)_[a-z0-9]+(_[a-z0-9]+)*$/);
    expect(name.endsWith('_total')).toBe(metric.type === 'counter');
    expect(name.replace('_total', '').endsWith('_seconds')).toBe(metric.unit === 'seconds');
  });

  test.each(ALL.map((metric) => [metric.name, metric] as const))('%s has buckets in their order', (_, metric) => {
    const { type, buckets = [] } = metric;
    expect(buckets.length > 0).toBe(type === 'histogram');
    expect(buckets).toEqual(buckets.toSorted((one, other) => one - other));
  });

  test('says only of labels that there are that they follow from others', () => {
    for (const { labels, follows = [] } of ALL)
      for (const label of follows) expect(Object.keys(labels)).toContain(label);
  });

  test('gives nobody a label of an id, an address, a tenant, a path or a country', () => {
    const labels = new Set(OURS.flatMap(({ labels }) => Object.keys(labels)));
    for (const label of labels) expect(label).not.toMatch(/tenant|address|recipient|country|path|verification|user/);
  });
});

describe('bounds', () => {
  test('follow from the labels: what another label decides makes no further series', () => {
    const { attempts } = METRICS;
    expect(renderFormula(attempts)).toBe('provider × 3 × 12');
    expect(seriesMost(attempts, EXAMPLE_SIZES)).toBe(10 * 3 * 12);
    expect(seriesMost(attempts, LARGEST_SIZES)).toBe(200 * 3 * 12);
  });

  test('count a histogram’s buckets, its infinite one, sum and count', () => {
    expect(seriesMost(METRICS.acceptToSubmit, EXAMPLE_SIZES)).toBe(3 * (METRICS.acceptToSubmit.buckets.length + 3));
  });

  test('know which values a label may have, as far as these are known', () => {
    expect(mayHold(METRICS.jobs.labels.outcome, 'accepted')).toBe(true);
    expect(mayHold(METRICS.jobs.labels.outcome, 'lost')).toBe(false);
    expect(mayHold(METRICS.jobs.labels.channel, 'pigeon')).toBe(false);
    expect(mayHold(METRICS.attempts.labels.provider, 'anybody')).toBe(true);
  });
});

test('the page lists every metric with its bound', () => {
  const page = renderMetricsPage();
  for (const { name } of ALL) expect(page).toContain(`| \`${name}\` |`);
  expect(page).toContain('provider × 3 × 12 = 360');
});
