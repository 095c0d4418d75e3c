import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CHANNELS, type Channel } from '@watchword/contracts';
import { LARGEST_SIZES, METRIC_GROUPS, combinationsMost, mayHold, type MetricSpec } from '@watchword/metrics';
import { findPrometheus, startLocalPrometheus, waitFor, type PrometheusFiles } from '@watchword/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseExposition, type Exposition } from '../exposition.ts';
import { connectPlatform } from '../platform.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { hurry, untilAttempts, untilMetric } from '../watch-product.ts';

/** Where nothing is on the path, 20 MB are downloaded; and the product starts. */
const SETUP_MS = 300_000;
const PROMETHEUS_MS = 120_000;
/** What a healthy product of a minute has nothing of: faults, retries, parts that are not ready, the day before. */
const ONLY_IN_TROUBLE = /error_type!=""|retries|dropped|restarts|== 0|offset_6h/;
const ALL: readonly MetricSpec[] = Object.values(METRIC_GROUPS).flatMap((group) => Object.values(group));

let product: Product;
let files: PrometheusFiles;
let page: string;
let shown: Exposition;
beforeAll(async () => {
  files = await findPrometheus(console.log);
  product = await startProduct(
    (yaml) =>
      yaml
        .replace('    brand: Watchword\n', '    brand: Watchword\n    ingress: { clear_recipients: true }\n')
        .replace('    priority: 10', '    priority: 10\n    price: { currency: EUR, amount: "0.05" }'),
    { learns: true },
  );
  await useEverything();
  page = await (await fetch(`${product.url}/metrics`)).text();
  shown = parseExposition(page);
}, SETUP_MS);
afterAll(async () => product.stop());

/** What a day brings: every channel, right and wrong codes, receipts, a provider that fails, a platform, callers' mistakes. */
async function useEverything(): Promise<void> {
  await hurry(product, 'north', 'south', 'bell', 'ring', 'post', 'mail');
  for (const channel of CHANNELS) await approve(channel);
  const unlucky = freshNumber();
  await product.behave('north', { by_recipient: { [unlucky]: 'http_500' } });
  const failing = await product.start({ to: unlucky, channel: 'sms' });
  await untilAttempts(product, failing.body.id, 2);
  await product.call('POST', `/v1/verifications/${failing.body.id}/cancel`);
  await product.call('POST', '/v1/verifications', { to: 'nobody' });
  await product.call('GET', '/v1/verifications/vf_none');
  await product.call('POST', '/webhooks/north', {});
  await fetch(`${product.url}/no/such/+4915123456789`, { method: 'PROPFIND' });
  const platform = await connectPlatform(product);
  try {
    await platform.emit('otp.ingress.v1.demo', { value: { to: freshNumber(), channel: 'sms' } }, { value: 'no JSON' });
    await untilMetric(product, 'watchword_ingress_records_total', {}, 2);
    // one by each channel, the unlucky one by its second provider, and the platform's: the last thing that is counted of each
    await untilMetric(product, 'watchword_time_to_inbox_seconds_count', { stage: 'accepted' }, CHANNELS.length + 2);
  } finally {
    await platform.stop();
  }
}

async function approve(channel: Channel): Promise<void> {
  const to = channel === 'email' ? `person${Math.random().toString(36).slice(2)}@example.com` : freshNumber();
  const { body } = await product.start({ to, channel });
  const [message] = await product.messages(to);
  await product.check(body.id, '000000');
  await product.check(body.id, codeIn(message!.text));
}

describe('what the product shows', () => {
  test('is what docs/metrics.md lists, and nothing else', () => {
    const listed = [...readFileSync('docs/metrics.md', 'utf8').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name!);
    expect(new Set(listed)).toEqual(new Set(shown.types.keys()));
  });

  test.each(ALL.map((metric) => [metric.name, metric] as const))(
    '%s keeps its type, its labels and its bound',
    (name, metric) => {
      expect(shown.types.get(name)).toBe(metric.type);
      const provider = product.config.providers.length;
      const most = combinationsMost(metric, { ...LARGEST_SIZES, provider, providerOrNone: provider + 1 });
      const combinations = labelsOf(metric);
      expect(combinations.length).toBeLessThanOrEqual(most);
      for (const labels of combinations) {
        expect(Object.keys(metric.labels)).toEqual(expect.arrayContaining(Object.keys(labels)));
        const strange = Object.entries(labels).filter(([label, value]) => !mayHold(metric.labels[label]!, value));
        expect(strange).toEqual([]);
      }
    },
  );

  test('holds no address, no id and no tenant', () => {
    expect(page).not.toMatch(/\+49|@example|vf_|4915123|"demo"/);
  });

  test('is to the taste of Prometheus’ own linter', async () => {
    const complaints = await lint();
    // prom-client names some of Node's gauges so; they are theirs
    expect(complaints.filter((line) => !line.startsWith('nodejs_active_'))).toEqual([]);
  });
});

/** Every combination of labels that is shown, without those that all series have; of a histogram by its count. */
function labelsOf({ name, type }: MetricSpec): Record<string, string>[] {
  const sample = type === 'histogram' ? `${name}_count` : name;
  return shown.samples
    .filter((each) => each.name === sample)
    .map(({ labels }) => Object.fromEntries([...labels].filter(([label]) => label !== 'service')));
}

async function lint(): Promise<string[]> {
  const { promise, resolve: done } = Promise.withResolvers<string>();
  const child = execFile(files.promtool, ['check', 'metrics'], (_, stdout, stderr) => done(stdout + stderr));
  child.stdin!.end(page);
  return (await promise).split('\n').filter((line) => line !== '');
}

describe('of one OTP by each channel', () => {
  const valueOf = (name: string, labels: Record<string, string>): number =>
    shown.samples
      .filter(
        (each) => each.name === name && Object.entries(labels).every(([key, value]) => each.labels.get(key) === value),
      )
      .reduce((sum, { value }) => sum + value, 0);

  test.each(CHANNELS)('%s: the way to the provider, to the inbox and to the approval is measured', (channel) => {
    expect(valueOf('watchword_accept_to_submit_seconds_bucket', { channel, le: '10' })).toBeGreaterThan(0);
    expect(valueOf('watchword_time_to_inbox_seconds_count', { channel, stage: 'accepted' })).toBeGreaterThan(0);
    expect(valueOf('watchword_time_to_verify_seconds_count', { channel })).toBe(1);
    expect(valueOf('watchword_outcomes_total', { channel, outcome: 'approved' })).toBe(1);
    expect(
      valueOf('messaging_process_duration_seconds_count', { messaging_destination_name: `deliver-${channel}` }),
    ).toBeGreaterThan(0);
  });

  test('what a provider with a price has taken is what it costs; the others’ count as without a price', () => {
    const accepted = valueOf('watchword_attempts_total', { outcome: 'accepted' });
    const [priced] = shown.samples
      .filter(({ name }) => name === 'watchword_attempt_cost_total')
      .map(({ labels }) => labels);
    const provider = priced!.get('provider')!;
    const paid = valueOf('watchword_attempts_total', { outcome: 'accepted', provider });
    expect(valueOf('watchword_attempt_cost_total', { provider, currency: 'EUR' })).toBeCloseTo(paid * 0.05);
    expect(valueOf('watchword_unpriced_attempts_total', {})).toBe(accepted - paid);
  });

  test('a tenant’s own topic has no series of its own', () => {
    const topics = shown.samples.flatMap(
      ({ labels }) => labels.get('messaging_destination_name') ?? labels.get('topic') ?? [],
    );
    expect(topics).toContain('otp.ingress.v1.{tenant}');
    expect(topics.filter((topic) => topic.includes('demo'))).toEqual([]);
  });
});

test(
  'a real Prometheus reads it, evaluates every rule, and fills every panel of the dashboards but those of trouble and of the past',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'watchword-prometheus-'));
    const prometheus = await startLocalPrometheus({
      binary: files.prometheus,
      dir,
      target: new URL(product.url).host,
      job: 'watchword',
      ruleFiles: globSync('infra/observability/alerts/*.yaml').map((file) => resolve(file)),
    });
    try {
      const ask = async <T>(path: string): Promise<T> =>
        ((await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as { data: T }).data;
      const rules = await waitFor(
        async () => {
          const { groups } = await ask<{ groups: { rules: { name: string; health: string; lastError?: string }[] }[] }>(
            'rules',
          );
          const all = groups.flatMap((group) => group.rules);
          return all.length > 0 && all.every(({ health }) => health !== 'unknown') && all;
        },
        { timeoutMs: 30_000, what: 'every rule to be evaluated' },
      );
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
      const up = async () =>
        (await ask<{ result: unknown[] }>('query?query=up{job="watchword"}==1')).result.length === 1;
      await waitFor(up, { timeoutMs: 30_000, what: 'Prometheus to read the product' });
      const isEmpty = async (expr: string): Promise<boolean> => {
        const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(expr)}`);
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${expr}: ${text}`);
        return (JSON.parse(text) as { data: { result: unknown[] } }).data.result.length === 0;
      };
      const expected = dashboardQueries().filter((expr) => !ONLY_IN_TROUBLE.test(expr));
      const empty = async (): Promise<string[]> => {
        const answers = await Promise.all(expected.map(async (expr) => ((await isEmpty(expr)) ? [expr] : [])));
        return answers.flat();
      };
      // a rate needs two looks
      await expect.poll(empty, { timeout: 30_000, interval: 1_000 }).toEqual([]);
      for (const expr of dashboardQueries()) await isEmpty(expr);
    } finally {
      await prometheus.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  },
  PROMETHEUS_MS,
);

/** As Grafana would send them, with all values chosen. */
function dashboardQueries(): string[] {
  return globSync('infra/observability/grafana/dashboards/*.json').flatMap((file) => {
    const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: { targets?: { expr: string }[] }[] };
    return panels.flatMap(({ targets = [] }) =>
      targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*')),
    );
  });
}
