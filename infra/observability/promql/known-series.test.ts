import { describe, expect, test } from 'vitest';
import { judgeExpression, knownSeries } from './known-series.ts';
import { readExpression } from './read-expression.ts';

const known = knownSeries([
  { record: 'watchword:x:rate5m', expr: 'sum by (channel) (rate(watchword_jobs_total[5m]))' },
]);

describe('an expression that the product cannot answer is told', () => {
  test.each([
    ['rate(watchword_jbos_total[5m])', 'no metric watchword_jbos_total'],
    ['watchword_jobs_total{tenant="a"}', 'watchword_jobs_total has no label tenant'],
    ['watchword_jobs_total{outcome="lost"}', 'watchword_jobs_total: outcome is never lost'],
    ['watchword_jobs_total{outcome=~"accepted|lost"}', 'watchword_jobs_total: outcome is never lost'],
    ['sum by (provider) (watchword_jobs_total)', 'grouped by provider, which none of its metrics has'],
    ['rate(watchword_accept_to_submit_seconds[5m])', 'no metric watchword_accept_to_submit_seconds'],
    ['watchword:x:rate5m{provider="a"}', 'watchword:x:rate5m has no label provider'],
  ])('%s', (expr, fault) => {
    expect(judgeExpression(expr, known)).toEqual([fault]);
  });

  test('also where it is no PromQL', () => {
    expect(judgeExpression('sum(rate(watchword_jobs_total[5m])', known)).toHaveLength(1);
  });
});

test.each([
  'sum by (le, channel) (rate(watchword_accept_to_submit_seconds_bucket{channel=~"$channel"}[$__rate_interval]))',
  'watchword:x:rate5m{channel="sms"} > 3 and on (instance) up{job=~"watchword.*"} == 0',
])('%s is fine', (expr) => {
  expect(judgeExpression(expr, known)).toEqual([]);
});

test('selectors are read with their matchers', () => {
  expect(readExpression('a{x=~"1|2",y!="z"} / on (c) b').selectors).toEqual([
    {
      metric: 'a',
      matchers: [
        { label: 'x', op: '=~', value: '1|2' },
        { label: 'y', op: '!=', value: 'z' },
      ],
    },
    { metric: 'b', matchers: [] },
  ]);
});
