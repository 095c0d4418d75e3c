import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseAttemptId, type JwkSet } from '@watchword/contracts';
import {
  createRedisProxy,
  freePort,
  startServiceProcess,
  waitFor,
  type RedisProxy,
  type ServiceProcess,
} from '@watchword/testkit';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { connectPlatform, encryptTo, makeIngressKey, type Platform } from '../platform.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { hurry, submissionsTo, watchEvents, type EventWatch, type Submission } from '../watch-product.ts';

const RESULTS = 'otp.ingress-result.v1';
const HASTY_SECONDS = 5;
/** Its records may wait for a moment only. */
const HASTY = `  - id: hasty
    name: Hasty
    brand: Hasty
    api_keys: [{ id: dev, sha256: ${'a'.repeat(64)} }]
    ingress: { max_age_seconds: ${HASTY_SECONDS} }
`;
const BURST = 150;
/** What a member's death costs: its group waits for it (10 s), then its reservations run out (10 s). */
const PATIENCE = { timeoutMs: 60_000, intervalMs: 50 };
const TEST_MS = 150_000;

let product: Product;
let events: EventWatch;
let platform: Platform;
let keys: JwkSet['keys'];
const processes: ServiceProcess[] = [];
beforeAll(async () => {
  product = await startProduct(
    (yaml) =>
      yaml
        .replace('keys:\n', 'keys:\n  ingress: { current: e2, keys: { e1: "${env:E1}", e2: "${env:E2}" } }\n')
        .replace('tenants:\n', `tenants:\n${HASTY}`)
        .replace('    brand: Watchword\n', '    brand: Watchword\n    ingress: {}\n')
        .replace('providers:', 'limits: { wide: { number_prefix_per_10_minutes: 0 } }\nproviders:'),
    { without: ['ingest'], env: { E1: makeIngressKey('ec'), E2: makeIngressKey('ec') } },
  );
  events = await watchEvents(product);
  platform = await connectPlatform(product);
  await hurry(product, ...Object.values(SIMULATED).flat());
});
afterAll(async () => {
  await Promise.all(processes.map(async (each) => each.stop()));
  await platform.stop();
  await events.stop();
  await product.stop();
});

interface Ingest extends ServiceProcess {
  url: string;
  keys: JwkSet['keys'];
}

/** Starts ingest as a process of its own, as production does. */
async function startIngest(redisUrl = inject('redisUrl')): Promise<Ingest> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const started = await startServiceProcess({
    name: 'ingest',
    entry: fileURLToPath(new URL('../../../ingest/src/main.ts', import.meta.url)),
    env: { ...product.environment, HTTP_PORT: new URL(url).port, REDIS_URL: redisUrl },
    readyUrl: `${url}/readyz`,
  });
  processes.push(started);
  const response = await fetch(`${url}/.well-known/jwks.json`);
  return { ...started, url, keys: ((await response.json()) as JwkSet).keys };
}

interface Request {
  tenant: string;
  to: string;
  reference: string;
}

/** Emits requests of different people, encrypted to each of the keys in turn. */
async function emit(count: number, tenant = 'demo'): Promise<Request[]> {
  const requests = Array.from({ length: count }, () => ({ tenant, to: freshNumber(), reference: randomUUID() }));
  const records = requests.map(async ({ to, reference }, n) => ({
    key: reference,
    value: { to: await encryptTo(keys[n % keys.length]!, to), channel: 'sms' },
    headers: { 'idempotency-key': reference },
  }));
  await platform.emit(`otp.ingress.v1.${tenant}`, ...(await Promise.all(records)));
  return requests;
}

const resultsOf = ({ tenant, reference }: Request) => events.of(RESULTS, `${tenant}|${reference}`);
const isTold = (request: Request): boolean => resultsOf(request).length > 0;

async function untilAllTold(requests: readonly Request[]): Promise<void> {
  await waitFor(() => requests.every(isTold), { ...PATIENCE, what: 'every result' });
}

/**
 * By id, once they are told: each accepted as a verification of its own, which is the only one that its person hears of, by one
 * send; and no repeat of a result says otherwise.
 */
async function expectEachOnce(requests: readonly Request[]): Promise<void> {
  await untilAllTold(requests);
  const told = requests.map((request) => resultsOf(request));
  const ids = told.map(([first]) => first!.data.verification_id!);
  expect(told.filter(([first]) => first!.data.outcome !== 'accepted' || !first!.data.sent)).toEqual([]);
  expect(new Set(ids).size).toBe(requests.length);
  for (const repeats of told) expect(new Set(repeats.map(({ id, data }) => JSON.stringify([id, data]))).size).toBe(1);
  let heard: ReadonlyMap<string, Set<string>> = new Map();
  const reached = async (): Promise<boolean> => {
    heard = await verificationsByAddress();
    return requests.every(({ to }) => heard.has(to));
  };
  await waitFor(reached, { timeoutMs: 60_000, intervalMs: 500, what: 'every message' });
  expect(requests.map(({ to }) => [...heard.get(to)!])).toEqual(ids.map((id) => [id]));
  const sends = ids.flatMap((id) => events.of('otp.attempt.v1', id).map(({ data }) => data.send));
  expect(sends.filter((send) => send !== 1)).toEqual([]);
}

/** Which verifications each address was sent a code of, by the simulator's ledger. */
async function verificationsByAddress(): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (let since = 0; ;) {
    const response = await fetch(`${product.simulator.url}/control/ledger?since=${since}`);
    const { entries, next } = (await response.json()) as { entries: Submission[]; next: number };
    if (entries.length === 0) return found;
    for (const { to, client_ref: reference } of entries) {
      const id = parseAttemptId(reference ?? '')?.verificationId ?? '';
      found.set(to, (found.get(to) ?? new Set()).add(id));
    }
    since = next;
  }
}

it('after a rotation the new key is published first, the former one too', async () => {
  const ingest = await startIngest();
  keys = ingest.keys;
  expect(keys.map(({ kid }) => kid)).toEqual(['e2', 'e1']);
  await expectEachOnce(await emit(4));
  await ingest.stop();
});

it(
  'killed between admission, publication, verdict and result: the same verification, one message, one result; what is too old by then is rejected',
  async () => {
    const points = [
      ['[[["sms",0,', 'after'], // admitted, not published
      ['"sent":true', 'before'], // published, its verdict not kept
      ['"sent":true', 'after'], // its verdict kept, its result not told
    ] as const;
    const doomed: { proxy: RedisProxy; ingest: Ingest }[] = [];
    for (let n = 0; n < points.length; n++) {
      const proxy = await createRedisProxy(inject('redisUrl'));
      doomed.push({ proxy, ingest: await startIngest(proxy.url) });
    }
    for (const [n, { proxy }] of doomed.entries()) proxy.freezeAt(points[n]![0], points[n]![1]);
    const requests: Request[] = [];
    const areStuck = async (): Promise<boolean> => {
      requests.push(...(await emit(3)));
      return doomed.every(({ proxy }) => proxy.isFrozen());
    };
    await waitFor(areStuck, { timeoutMs: 30_000, intervalMs: 100, what: 'all three in the middle of it' });
    for (const { ingest } of doomed) ingest.kill('SIGKILL');
    await Promise.all(doomed.map(async ({ ingest, proxy }) => ingest.exited.then(async () => proxy.close())));
    const stuck = requests.filter((request) => !isTold(request));
    expect(stuck.length).toBeGreaterThanOrEqual(points.length);
    const [late] = await emit(1, 'hasty');
    // a successor takes over at once: nobody is there until it is too old
    const tooOldAt = Date.now() + HASTY_SECONDS * 1000;
    await waitFor(() => Date.now() > tooOldAt, { timeoutMs: 10_000, what: 'the record to be too old' });

    await startIngest();
    await expectEachOnce(requests);
    for (const request of stuck.slice(0, 5)) {
      const [message] = await product.messages(request.to);
      const id = resultsOf(request)[0]!.data.verification_id!;
      expect((await product.check(id, codeIn(message!.text))).body.valid).toBe(true);
    }
    await untilAllTold([late!]);
    expect(resultsOf(late!)[0]!.data).toMatchObject({ outcome: 'rejected', code: 'too_old' });
    expect(await submissionsTo(product, late!.to)).toEqual([]);
  },
  TEST_MS,
);

it(
  'behind a burst another tenant’s record does not wait for it; a second member in the middle of it, and the first one leaving, lose and double nothing',
  async () => {
    const first = processes.at(-1)!;
    const burst = await emit(4 * BURST);
    const told = (): number => burst.filter(isTold).length;
    await waitFor(() => told() > 0, { ...PATIENCE, what: 'the burst under way' });
    const before = told();
    await untilAllTold(await emit(1, 'hasty'));
    // how many of the burst are told meanwhile depends on the machine; most of it still waits
    expect(told() - before).toBeLessThan(2 * BURST);
    await startIngest();
    const more = await emit(BURST);
    await waitFor(() => more.some(isTold), { ...PATIENCE, what: 'the second part under way' });
    await first.stop();
    expect(await first.exited).toEqual({ code: 0, signal: null });
    await expectEachOnce([...burst, ...more]);
  },
  TEST_MS,
);

it(
  'Redis away is no verdict: the record waits, and is accepted once Redis is back',
  async () => {
    const proxy = await createRedisProxy(inject('redisUrl'));
    const former = processes.at(-1)!;
    const ingest = await startIngest(proxy.url);
    await former.stop();
    await expectEachOnce(await emit(1)); // it has the group for itself
    await proxy.cut();
    const [request] = await emit(1);
    const retried = async (): Promise<boolean> => {
      const page = await (await fetch(`${ingest.url}/metrics`)).text();
      return /^watchword_bus_handle_retries_total\{.*otp\.ingress.* [1-9]/m.test(page);
    };
    await waitFor(retried, { ...PATIENCE, what: 'a try that failed' });
    expect(isTold(request!)).toBe(false);
    await proxy.heal();
    await expectEachOnce([request!]);
    await ingest.stop();
    await proxy.close();
  },
  TEST_MS,
);
