import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPrometheus } from '@watchword/testkit';
import { beforeAll, expect, test } from 'vitest';
import { RULE_FILES, RULE_TEST_FILES } from '../alerts/read-rules.ts';
import { DASHBOARD_FILES } from '../grafana/render.ts';

/** Days of a rule's life are gone through sample by sample. */
const TEST_TIMEOUT_MS = 120_000;
/** Where nothing is on the path, 20 MB are downloaded. */
const FIND_TIMEOUT_MS = 300_000;

let promtool: string;
beforeAll(async () => {
  ({ promtool } = await findPrometheus(console.log));
}, FIND_TIMEOUT_MS);

/** What it prints; rejects with that where it finds a fault. */
async function run(...args: string[]): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(promtool, args);
  return stdout + stderr;
}

test('Prometheus takes every rule', async () => {
  const told = await run('check', 'rules', ...RULE_FILES);
  expect(told.match(/SUCCESS/g)).toHaveLength(RULE_FILES.length);
});

test.each(RULE_TEST_FILES)(
  '%s: alerts fire when they are to, and not else',
  async (file) => {
    expect(await run('test', 'rules', file)).toContain('SUCCESS');
  },
  TEST_TIMEOUT_MS,
);

test('Prometheus takes every query of the dashboards', async () => {
  const exprs = Object.keys(DASHBOARD_FILES).flatMap((path) => {
    const { panels } = JSON.parse(readFileSync(path, 'utf8')) as { panels: { targets?: { expr: string }[] }[] };
    return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')));
  });
  const folder = mkdtempSync(join(tmpdir(), 'watchword-queries-'));
  const file = join(folder, 'queries.yaml');
  try {
    // a recording rule is a query with a name: JSON is YAML too
    const rules = exprs.map((expr, at) => ({ record: `query:${at}`, expr }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
    expect(await run('check', 'rules', file)).toContain(`SUCCESS: ${exprs.length} rules found`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
