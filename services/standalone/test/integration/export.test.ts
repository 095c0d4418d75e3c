import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Problem, QualityAnswer } from '@watchword/contracts';
import { freePort, startServiceProcess, waitFor, type ServiceProcess } from '@watchword/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PAST_OPERATOR, createPastSends } from '../past-sends.ts';
import { runCli } from '../run-cli.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { watchEvents } from '../watch-product.ts';

const folder = mkdtempSync(join(tmpdir(), 'watchword-export-'));
const MONITOR = fileURLToPath(new URL('../../../quality-monitor/src/main.ts', import.meta.url));
const NORTH = `sms|north|DE|${PAST_OPERATOR}`;

const monitors: ServiceProcess[] = [];
let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await Promise.all(monitors.map(async (monitor) => monitor.stop()));
  await product.stop();
  rmSync(folder, { recursive: true });
});

/** Starts a monitor as a process of its own, and asks it. */
async function startMonitor() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v1/quality`;
  const process = await startServiceProcess({
    name: 'quality-monitor',
    entry: MONITOR,
    env: { ...product.environment, HTTP_PORT: String(port) },
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  });
  monitors.push(process);
  const ask = async (query: string): Promise<{ status: number; body: QualityAnswer & Problem }> => {
    const response = await fetch(`${url}?operator=${PAST_OPERATOR}&${query}`, {
      headers: { authorization: `Bearer ${product.apiKey}` },
    });
    return { status: response.status, body: (await response.json()) as QualityAnswer & Problem };
  };
  return {
    url,
    ask,
    /** Whether it publishes the minutes. */
    leads: async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return /^watchword_quality_leads\{[^}]*makes="minutes"[^}]*\} 1$/m.test(metrics);
    },
    kill: async () => {
      process.kill();
      await process.exited;
    },
    /** Waits until it tells such counts of a provider. */
    until: async (provider: string, counts: Partial<QualityAnswer['cells'][number]>) =>
      waitFor(
        async () => {
          const { body } = await ask(`provider=${provider}`);
          expect(body.cells).toMatchObject([counts]);
          return body;
        },
        { timeoutMs: 30_000, intervalMs: 200, what: `${provider} to have ${JSON.stringify(counts)}` },
      ),
  };
}

it('what the product has published is exported by one command, without the person’s number', async () => {
  const events = await watchEvents(product);
  const to = freshNumber();
  const { id } = (await product.start({ to, channel: 'sms' })).body;
  const [message] = await product.messages(to);
  await product.check(id, codeIn(message!.text));
  await events.until('otp.outcome.v1', id, 1);
  const receipts = await events.until('otp.receipt.v1', id, 2);
  await events.stop();

  const { code, output } = await runCli(product.environment, 'export', '--out', folder, '--since', '1h');
  expect(output.split('\n').filter((line) => line !== '')).toEqual([
    `${join(folder, 'attempts.parquet')}: 1 rows`,
    `${join(folder, 'receipts.parquet')}: ${receipts.length} rows`,
    `${join(folder, 'checks.parquet')}: 1 rows`,
    `${join(folder, 'outcomes.parquet')}: 1 rows`,
    expect.stringMatching(/quality\.parquet: \d+ rows$/),
  ]);
  expect(code).toBe(0);
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
  expect(files.filter((file) => file.includes(id))).toHaveLength(4);
  for (const file of files) expect(file).not.toContain(to.slice(1));
});

it('the quality stream and GET /v1/quality say the same of a minute, a late conversion makes a new revision, and a killed leader is followed', async () => {
  const claimedMs = Date.now() - (Date.now() % 60_000) - 100_000;
  const [events, sends] = [await watchEvents(product), createPastSends(product)];
  const accepted = { provider: 'north', state: 'accepted' } as const;
  const [, , late] = await sends.tell(
    [
      { ...accepted, receipt: 'delivered', approvedAfterMs: 12_000 },
      { ...accepted, receipt: 'delivered' },
      { ...accepted, receipt: 'undelivered' },
      { ...accepted, canceled: true },
      { provider: 'north', state: 'rejected' },
      { provider: 'south', state: 'accepted' },
    ],
    claimedMs,
  );
  const counted = { submitted: 3, withdrawn: 1, converted: 1, delivered: 2, undelivered: 1, errors: { throttled: 1 } };
  const both = await Promise.all([startMonitor(), startMonitor()]);
  await both[0].until('north', counted);
  await events.until('otp.quality.v1', NORTH, 1);
  const leads = await Promise.all(both.map(async (monitor) => monitor.leads()));
  const [leader, next] = leads[0] ? both : [both[1], both[0]];
  await sends.approve(late!, 'north', claimedMs, 100_000);
  await next.until('north', { converted: 2 });
  await leader.kill();
  const revised = await waitFor(
    () => events.of('otp.quality.v1', NORTH).find(({ data }) => data.converted === 2)?.data,
    {
      timeoutMs: 40_000,
      what: 'the minute with the late conversion',
    },
  );
  const earlier = events.of('otp.quality.v1', NORTH).filter(({ data }) => data.converted < 2);
  expect(Math.max(...earlier.map(({ data }) => data.revision))).toBeLessThan(revised.revision);
  expect(revised).toMatchObject({ ...counted, converted: 2, conversion: 0.6667, receipt_rate: 0.6667 });
  const { minute, revision: _, score: _score, score_n: _n, breaker, fake_receipts: fakeReceipts, ...figures } = revised;
  expect([leads.filter(Boolean), await next.leads()]).toEqual([[true], true]);
  const { cells, now } = await next.until('north', { converted: 2 });
  expect(cells).toEqual([{ start: new Date(minute).toISOString(), seconds: 60, ...figures }]);
  expect(now).toMatchObject([{ provider: 'north', breaker, fake_receipts: fakeReceipts }]);
  expect(events.of('otp.quality.v1', `sms|south|DE|${PAST_OPERATOR}`).at(-1)?.data).toMatchObject({
    submitted: 1,
    converted: 0,
  });

  const asked = async (query: string) => {
    const { status, body } = await next.ask(query);
    return [status, body.code ?? body.cells.length];
  };
  expect(await asked('step=day&channel=sms')).toEqual([200, 2]);
  expect(await asked('provider=south&country=DE')).toEqual([200, 1]);
  expect(await asked('channel=voice')).toEqual([200, 0]);
  expect(await asked(`until=${new Date(minute).toISOString()}`)).toEqual([200, 0]);
  expect(await asked('since=2026-11-02T00:00:00Z&until=2026-11-01T00:00:00Z')).toEqual([422, 'invalid_time']);
  expect(await asked('since=yesterday')).toEqual([400, 'invalid_request']);
  expect(await asked('channels=sms')).toEqual([400, 'invalid_request']);
  expect((await fetch(next.url)).status).toBe(401);
  await Promise.all([events.stop(), sends.stop()]);
  const { output } = await runCli(product.environment, 'export', '--out', folder, '--topic', 'quality');
  expect(output).toMatch(/quality\.parquet: [1-9]\d* rows$/m);
});

it('an end that is not after the beginning is told', async () => {
  const { code, output } = await runCli(
    product.environment,
    'export',
    '--out',
    folder,
    '--since',
    '1h',
    '--until',
    '2h',
  );
  expect([code, output]).toEqual([2, '--until must be after --since.\n']);
});
