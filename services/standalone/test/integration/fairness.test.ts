import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectGivenRedis, freePort, startServiceProcess, waitFor, type ServiceProcess } from '@watchword/testkit';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { endLife } from '../age.ts';
import {
  anotherTenant,
  delaysOf,
  percentile,
  startBurst,
  startOne,
  watchLedger,
  type Accepted,
  type LedgerWatch,
} from '../start-burst.ts';
import { freshNumber, startProduct, type Product } from '../start-product.ts';
import { hurry, readMetric, untilView, watchEvents, type EventWatch } from '../watch-product.ts';

/** Calls to providers at a time. */
const SLOTS = 5;
/** How long a call takes: 10 messages a second; where a backlog is only to stand; and where it is to go. */
const PACE_MS = 500;
const SLOW_MS = 2_500;
const QUICK_MS = 20;
/** Jobs on a queue, in whatever state. */
const HIGH_WATER = 12;
/** What another tenant's OTP waits at most behind a burst: its turn, and what is on the queue, on a loaded machine. */
const BOUND_MS = 5_000;

const small = anotherTenant('small');
let product: Product;
let events: EventWatch;
let ledger: LedgerWatch;
let dispatcher: { process: ServiceProcess; url: string };

beforeAll(async () => {
  product = await startProduct(
    (yaml) =>
      yaml
        .replace('tenants:\n', `tenants:\n${small.yaml}`)
        .replaceAll(/( {2}- name: (?:north|south|bell|ring)\n)/g, `$1    max_in_flight: ${SLOTS}\n`)
        .replace(
          '\nlog:',
          `
delivery:
  concurrency: ${SLOTS}
dispatcher:
  high_water: ${HIGH_WATER}
limits:
  wide: { tenant_per_minute: 0, ip_prefix_per_hour: 0, country_per_minute: 0, number_prefix_per_10_minutes: 0 }
log:`,
        ),
    { without: ['dispatcher'] },
  );
  dispatcher = await startDispatcher();
  events = await watchEvents(product);
  await hurry(product, ...Object.values(SIMULATED).flat());
  ledger = watchLedger(product);
});
afterAll(async () => {
  await ledger?.stop();
  await dispatcher?.process.stop();
  await events?.stop();
  await product.stop();
});

async function startDispatcher(): Promise<typeof dispatcher> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = await startServiceProcess({
    name: 'dispatcher',
    entry: fileURLToPath(new URL('../../../dispatcher/src/main.ts', import.meta.url)),
    env: { ...product.environment, HTTP_PORT: String(port) },
    readyUrl: `${url}/readyz`,
  });
  return { process, url };
}

const metric = async (name: string, labels: Record<string, string>) => readMetric(dispatcher, name, labels);
const waiting = async (channel = 'sms') => metric('watchword_gate_waiting', { channel });
const submitted = (sends: readonly Accepted[]) => sends.filter(({ to }) => ledger.submissions().has(to));

/** How often each was submitted, each number once. */
const submissionsOf = (sends: readonly Accepted[]) =>
  new Set(sends.map(({ to }) => ledger.submissions().get(to)?.count ?? 0));

async function untilSubmitted(sends: readonly Accepted[], timeoutMs = 60_000): Promise<void> {
  await waitFor(() => submitted(sends).length === sends.length, { timeoutMs, what: `${sends.length} submissions` });
}

/** Sets how long calls to the providers of a channel take. */
async function pace(channel: 'sms' | 'voice', callMs: number): Promise<void> {
  for (const name of SIMULATED[channel]) {
    await product.behave(name, { submit_latency_ms: callMs, receipts: { mode: 'none' } });
  }
}

/** A burst of which most waits. */
async function standingBurst(count: number, channel: 'sms' | 'voice' = 'sms'): Promise<Accepted[]> {
  await pace(channel, SLOW_MS);
  const burst = await startBurst(product, count, { channel });
  await waitFor(async () => (await waiting(channel)) > count / 2, { timeoutMs: 10_000, what: 'a burst that waits' });
  return burst;
}

it('one tenant’s burst delays another’s OTPs by no more than the bound, and the queue stays below its mark', async () => {
  await pace('sms', PACE_MS);
  const bursting = startBurst(product, 250);
  await waitFor(async () => (await waiting()) > 60, { timeoutMs: 30_000, what: 'a burst that waits' });
  const theirs: Accepted[] = [];
  let jobsMost = 0;
  for (let n = 0; n < 15; n++) {
    theirs.push(await startOne(product, { apiKey: small.apiKey }));
    jobsMost = Math.max(jobsMost, await metric('watchword_queue_jobs', { channel: 'sms' }));
    await sleep(200);
  }
  await untilSubmitted(theirs);
  const burst = await bursting;
  expect(submitted(burst).length, 'of the burst, when all of theirs were out').toBeLessThan(burst.length);
  expect(percentile(delaysOf(theirs, ledger), 0.99)).toBeLessThan(BOUND_MS);
  expect(jobsMost).toBeGreaterThan(SLOTS);
  expect(jobsMost).toBeLessThanOrEqual(HIGH_WATER);
  await pace('sms', QUICK_MS);
  await untilSubmitted(burst);
  expect(submissionsOf([...burst, ...theirs]), 'who waits is not sent twice').toEqual(new Set([1]));
});

it('a burst that waits holds up no partition: its requests are done, and so is what comes behind them', async () => {
  const burst = await standingBurst(80);
  const lag = async () => metric('watchword_bus_lag_messages', { topic: 'otp.request.v1' });
  await waitFor(async () => (await lag()) === 0, { timeoutMs: 10_000, what: 'no request that is not done' });
  expect(await waiting()).toBeGreaterThan(0);
  await pace('sms', QUICK_MS);
  await untilSubmitted(burst);
});

it('a backlog of calls does not delay a text', async () => {
  const calls = await standingBurst(60, 'voice');
  const texts = [];
  for (let n = 0; n < 5; n++) texts.push(await startOne(product));
  await untilSubmitted(texts);
  expect(await waiting('voice'), 'calls that wait still').toBeGreaterThan(0);
  expect(percentile(delaysOf(texts, ledger), 1)).toBeLessThan(SLOW_MS);
  await pace('voice', QUICK_MS);
  await untilSubmitted(calls);
});

it('a dispatcher that dies with full lines loses nobody: their deadlines bring them back, each for one send', async () => {
  const burst = await standingBurst(100);
  dispatcher.process.kill('SIGKILL');
  await dispatcher.process.exited;
  expect(submitted(burst).length).toBeLessThan(50);
  await pace('sms', QUICK_MS);
  dispatcher = await startDispatcher();
  await untilSubmitted(burst);
  expect(submissionsOf(burst)).toEqual(new Set([1]));
});

it('who waited out its life ends as expired, with its outcome, and nothing is sent', async () => {
  const redis = connectGivenRedis(inject('redis'));
  const burst = await standingBurst(80);
  const late = burst.filter(({ to }) => !ledger.submissions().has(to)).slice(-3);
  expect(late).toHaveLength(3);
  for (const { id } of late) await endLife({ redis, product }, id);
  redis.disconnect();
  for (const { id } of late) {
    await untilView(product, id, 'the end of its life', ({ status }) => status === 'expired');
    const outcomes = await events.until('otp.outcome.v1', id, 1);
    expect(outcomes.map(({ data }) => data.outcome)).toEqual(['expired']);
  }
  await pace('sms', QUICK_MS);
  await untilSubmitted(burst.filter((each) => !late.includes(each)));
  expect(submitted(late)).toEqual([]);
});

it('whose wait would cost a fifth of a life is answered 503, others are not; later it is served again', async () => {
  await pace('sms', SLOW_MS);
  const lifeSeconds = 30;
  const start = async (headers = {}) => product.start({ to: freshNumber(), life_seconds: lifeSeconds }, headers);
  const accepted: string[] = [];
  const refused = await waitFor(
    async () => {
      const answer = await start();
      if (answer.status === 202) accepted.push(answer.body.id);
      return answer.body.code === 'channel_overloaded' && answer;
    },
    { timeoutMs: 30_000, intervalMs: 20, what: 'a refusal' },
  );
  expect(refused).toMatchObject({ status: 503, body: { retry_after: 10 } });
  expect(refused.headers.get('retry-after')).toBe('10');
  expect((await start({ authorization: `Bearer ${small.apiKey}` })).status, 'another tenant').toBe(202);
  expect((await product.start({ to: freshNumber(), channel: 'voice' })).status, 'another channel').toBe(202);
  await pace('sms', QUICK_MS);
  await waitFor(async () => (await start()).status === 202, {
    timeoutMs: 30_000,
    intervalMs: 250,
    what: 'a 202 again',
  });
  // what was accepted before has gone out or come to its end
  for (const id of accepted) {
    await untilView(
      product,
      id,
      'a send or an end',
      ({ attempts, status }) => attempts.length > 0 || status === 'expired',
    );
  }
}, 90_000);
