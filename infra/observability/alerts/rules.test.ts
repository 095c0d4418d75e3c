import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judgeExpression, knownSeries } from '../promql/known-series.ts';
import { readRuleTests, readRules } from './read-rules.ts';

const { alerts, recorded } = readRules();
const known = knownSeries(recorded);
const NAMES = [...new Set(alerts.map(({ alert }) => alert))];
/** What somebody who was woken needs, in this order. */
const RUNBOOK_PARTS = ['## What it means', '## Look at', '## Do', '## It is over when'];

test.each([...alerts.map(({ alert, expr }) => [alert, expr]), ...recorded.map(({ record, expr }) => [record, expr])])(
  '%s asks only for what the product shows',
  (_, expr) => {
    expect(judgeExpression(expr, known)).toEqual([]);
  },
);

describe.each(alerts.map((rule) => [`${rule.alert} ${rule.labels['window'] ?? ''}`.trim(), rule] as const))(
  '%s',
  (_, { alert, labels, annotations }) => {
    test('pages somebody or opens a ticket', () => {
      expect(labels['severity']).toMatch(/^(page|ticket)$/);
    });

    test('says what happened, and where to read on', () => {
      expect(annotations['summary']!.length).toBeGreaterThan(10);
      expect(annotations['description']!.length).toBeGreaterThan(20);
      expect(annotations['runbook_url']).toBe(`docs/runbooks/${alert}.md`);
    });
  },
);

test.each(NAMES)('%s has a runbook: what it means, what to look at, what to do, when it is over', (alert) => {
  const page = readFileSync(`docs/runbooks/${alert}.md`, 'utf8');
  expect(page.startsWith(`# ${alert}\n`)).toBe(true);
  expect(page.match(/^## .*$/gm)).toEqual(RUNBOOK_PARTS);
});

test('no runbook is left of an alert that is gone, and the list names all', () => {
  const pages = globSync('*.md', { cwd: 'docs/runbooks' }).filter((page) => page !== 'README.md');
  expect(pages.map((page) => page.replace('.md', '')).toSorted()).toEqual(NAMES.toSorted());
  const list = readFileSync('docs/runbooks/README.md', 'utf8');
  for (const page of pages) expect(list).toContain(`(${page})`);
});

test.each(NAMES)('%s is tested both where it fires and where it does not', (alert) => {
  const cases = readRuleTests()
    .flatMap((each) => each.alert_rule_test)
    .filter(({ alertname }) => alertname === alert);
  expect(cases.some(({ exp_alerts: expected = [] }) => expected.length > 0)).toBe(true);
  expect(cases.some(({ exp_alerts: expected = [] }) => expected.length === 0)).toBe(true);
});
