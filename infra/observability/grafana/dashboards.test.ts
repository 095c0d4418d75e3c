import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, test } from 'vitest';
import { readRules } from '../alerts/read-rules.ts';
import { judgeExpression, knownSeries } from '../promql/known-series.ts';
import { DASHBOARD_FILES } from './render.ts';

const known = knownSeries(readRules().recorded);
const BOARDS = Object.entries(DASHBOARD_FILES).map(
  ([path, render]) => [path.split('/').at(-1)!, JSON.parse(render()) as Dashboard] as const,
);

interface Target {
  refId: string;
  expr: string;
  datasource: { type: string; uid: string };
}

const panelsOf = (board: Dashboard) => (board.panels ?? []).filter((panel) => panel.type !== 'row');
const targetsOf = (panel: object) => (panel as { targets: Target[] }).targets;

describe.each(BOARDS)('%s', (_, board) => {
  test('asks only for what the product shows', () => {
    const exprs = panelsOf(board).flatMap((panel) => targetsOf(panel).map(({ expr }) => expr));
    const faults = exprs.flatMap((expr) => judgeExpression(expr, known).map((fault) => `${expr}: ${fault}`));
    expect(faults).toEqual([]);
  });

  test('asks the data source that is provisioned, each query under a name of its own', () => {
    for (const panel of panelsOf(board)) {
      const targets = targetsOf(panel);
      expect(targets.length).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      for (const { datasource } of targets) expect(datasource).toEqual({ type: 'prometheus', uid: 'prometheus' });
    }
  });

  test('offers choices of labels that their metrics have, and uses no other variable', () => {
    const choices = (board.templating?.list ?? []) as unknown as { name: string; definition: string }[];
    for (const { name, definition } of choices) {
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(definition)!;
      expect(label).toBe(name);
      expect([...(known.get(metric!)?.labels ?? [])]).toContain(label);
    }
    const names = choices.map(({ name }) => name);
    const used = panelsOf(board).flatMap((panel) =>
      targetsOf(panel).flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)]),
    );
    for (const [, name] of used) expect(['__rate_interval', ...names]).toContain(name);
  });

  test('has panels that do not lie on each other, each with an id and a title of its own in its row', () => {
    const panels = board.panels ?? [];
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos }) => cellsOf(gridPos!));
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of panels) expect(gridPos!.x + gridPos!.w).toBeLessThanOrEqual(24);
  });
});

test('each has a uid of its own, by which others link to it', () => {
  expect(new Set(BOARDS.map(([, { uid }]) => uid)).size).toBe(BOARDS.length);
});

function cellsOf({ x, y, w, h }: { x: number; y: number; w: number; h: number }): string[] {
  return Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`);
}
