import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JwkSet } from '@watchword/contracts';
import { createRedisProxy, freePort, startServiceProcess, waitFor, type ServiceProcess } from '@watchword/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { SIMULATED } from '../../src/first-config.ts';
import { connectPlatform, encryptTo, makeIngressKey, type Platform } from '../platform.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { hurry, submissionsTo, watchEvents, type EventWatch } from '../watch-product.ts';

const RESULTS = 'otp.ingress-result.v1';
const TOPIC = 'otp.ingress.v1.demo';
const MAX_AGE_S = 20;
/** What a member's death costs: its group waits for it (10 s), then its reservations run out (10 s). */
const PATIENCE = { timeoutMs: 60_000, intervalMs: 50 };

let product: Product;
let events: EventWatch;
let platform: Platform;
const processes: ServiceProcess[] = [];
beforeAll(async () => {
  product = await startProduct(
    (yaml) =>
      yaml
        .replace('keys:\n', 'keys:\n  ingress: { current: e1, keys: { e1: "${env:E1}" } }\n')
        .replace('    brand: Watchword\n', `    brand: Watchword\n    ingress: { max_age_seconds: ${MAX_AGE_S} }\n`)
        .replace('providers:', 'limits: { wide: { number_prefix_per_10_minutes: 0 } }\nproviders:'),
    { without: ['ingest'], env: { E1: makeIngressKey('ec'), E2: makeIngressKey('ec') } },
  );
  events = await watchEvents(product);
  platform = await connectPlatform(product);
  await hurry(product, ...Object.values(SIMULATED).flat());
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map(async (each) => each.stop()));
});
afterAll(async () => {
  await platform.stop();
  await events.stop();
  await product.stop();
});

interface Ingest extends ServiceProcess {
  keys: JwkSet['keys'];
}

/** Starts ingest as a process of its own, as production does. */
async function startIngest(env: Record<string, string> = {}): Promise<Ingest> {
  const port = await freePort();
  const started = await startServiceProcess({
    name: 'ingest',
    entry: fileURLToPath(new URL('../../../ingest/src/main.ts', import.meta.url)),
    env: { ...product.environment, HTTP_PORT: String(port), ...env },
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  });
  processes.push(started);
  const response = await fetch(`http://127.0.0.1:${port}/.well-known/jwks.json`);
  return { ...started, keys: ((await response.json()) as JwkSet).keys };
}

interface Request {
  to: string;
  reference: string;
}

async function emit(key: JwkSet['keys'][number], count = 1): Promise<Request[]> {
  const requests = Array.from({ length: count }, () => ({ to: freshNumber(), reference: randomUUID() }));
  const records = requests.map(async ({ to, reference }) => ({
    key: reference,
    value: { to: await encryptTo(key, to), channel: 'sms' },
    headers: { 'idempotency-key': reference },
  }));
  await platform.emit(TOPIC, ...(await Promise.all(records)));
  return requests;
}

const resultsOf = ({ reference }: Request) => events.of(RESULTS, `demo|${reference}`);

async function untilTold(request: Request) {
  await waitFor(() => resultsOf(request).length > 0, { ...PATIENCE, what: 'a result' });
  return resultsOf(request)[0]!.data;
}

/** One message went out, its code is right for the id that the result names, and every repeat of the result says the same. */
async function expectOnce(request: Request): Promise<void> {
  const result = await untilTold(request);
  expect(result).toMatchObject({ outcome: 'accepted', sent: true });
  const [message] = await product.messages(request.to);
  expect((await product.check(result.verification_id!, codeIn(message!.text))).body.valid).toBe(true);
  expect(await submissionsTo(product, request.to)).toHaveLength(1);
  expect(new Set(resultsOf(request).map(({ id, data }) => JSON.stringify([id, data]))).size).toBe(1);
}

describe('ingest that is killed', () => {
  it.each([
    ['after the admission, before its request is published', '"limit_bucket"', 'after'],
    ['after the request is published, before the verdict is kept', '"sent":true', 'before'],
    ['after the verdict is kept, before the result is published', '"sent":true', 'after'],
  ] as const)('%s: the same verification, one message, one result', async (_when, text, when) => {
    const proxy = await createRedisProxy(inject('redisUrl'));
    const doomed = await startIngest({ REDIS_URL: proxy.url });
    proxy.freezeAt(text, when);
    const [request] = await emit(doomed.keys[0]!);
    await waitFor(() => proxy.isFrozen(), { timeoutMs: 10_000, what: 'ingest in the middle of it' });
    doomed.kill('SIGKILL');
    await doomed.exited;
    await proxy.close();
    expect(resultsOf(request!)).toEqual([]);

    await startIngest();
    await expectOnce(request!);
  });
});

it('Redis away is no verdict: the record waits, and is accepted once Redis is back', async () => {
  const proxy = await createRedisProxy(inject('redisUrl'));
  const { keys } = await startIngest({ REDIS_URL: proxy.url });
  await proxy.cut();
  const [request] = await emit(keys[0]!);
  const settled = await Promise.race([
    untilTold(request!).then(() => 'told'),
    new Promise((resolve) => setTimeout(resolve, 3_000, 'waiting')),
  ]);
  expect(settled).toBe('waiting');
  await proxy.heal();
  await expectOnce(request!);
  await Promise.all(processes.splice(0).map(async (each) => each.stop()));
  await proxy.close();
});

it('a second member in the middle of a burst, and the first one leaving: nothing is lost, nothing is doubled', async () => {
  const first = await startIngest();
  const [one] = await emit(first.keys[0]!);
  await untilTold(one!);
  const requests = await emit(first.keys[0]!, 300);
  const told = () => requests.filter((request) => resultsOf(request).length > 0).length;
  const starting = startIngest();
  await waitFor(() => told() > 20, { ...PATIENCE, what: 'the burst under way' });
  await starting;
  const more = await emit(first.keys[0]!, 300);
  await waitFor(() => more.some((request) => resultsOf(request).length > 0), { ...PATIENCE, what: 'more of it' });
  await first.stop();
  for (const request of [...requests, ...more]) await untilTold(request);
  const results = [...requests, ...more].map((request) => resultsOf(request)[0]!.data);
  expect(results.filter(({ outcome }) => outcome !== 'accepted')).toEqual([]);
  expect(new Set(results.map(({ verification_id: id }) => id)).size).toBe(600);
  for (const { to } of [...requests, ...more]) await product.messages(to);
  const submissions = await Promise.all([...requests, ...more].map(async ({ to }) => submissionsTo(product, to)));
  expect(submissions.filter((each) => each.length !== 1)).toEqual([]);
});

it('what waited too long for an ingest is rejected: nobody gets a code that is old', async () => {
  const { keys } = await startIngest();
  await Promise.all(processes.splice(0).map(async (each) => each.stop()));
  const [late] = await emit(keys[0]!);
  await new Promise((resolve) => setTimeout(resolve, MAX_AGE_S * 1000 + 500));
  await startIngest();
  expect(await untilTold(late!)).toMatchObject({ outcome: 'rejected', code: 'too_old' });
  expect(await submissionsTo(product, late!.to)).toEqual([]);
});

it('after a rotation both keys open what is emitted, and the new one is published first; a key that is gone opens nothing', async () => {
  const before = await startIngest();
  const [old] = before.keys;
  await before.stop();
  const path = product.environment['WATCHWORD_CONFIG']!;
  const withKeys = (name: string, keys: string): { WATCHWORD_CONFIG: string } => {
    const changed = path.replace('config.yaml', `${name}.yaml`);
    writeFileSync(changed, readFileSync(path, 'utf8').replace('{ current: e1, keys: { e1: "${env:E1}" } }', keys));
    return { WATCHWORD_CONFIG: changed };
  };
  const rotated = await startIngest(withKeys('rotated', '{ current: e2, keys: { e1: "${env:E1}", e2: "${env:E2}" } }'));
  expect(rotated.keys.map(({ kid }) => kid)).toEqual(['e2', 'e1']);
  expect(rotated.keys[1]).toEqual(old);
  for (const key of rotated.keys) await expectOnce((await emit(key))[0]!);
  await rotated.stop();
  await startIngest(withKeys('removed', '{ current: e2, keys: { e2: "${env:E2}" } }'));
  const [request] = await emit(old!);
  expect(await untilTold(request!)).toMatchObject({ outcome: 'rejected', code: 'unreadable_recipient' });
});
