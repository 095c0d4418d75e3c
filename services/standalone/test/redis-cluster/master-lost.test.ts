import { setTimeout as sleep } from 'node:timers/promises';
import { createBus, type IncomingRecord } from '@watchword/bus';
import { REQUEST_TOPIC } from '@watchword/contracts';
import { startLocalRedisCluster, waitFor, type LocalRedisCluster } from '@watchword/testkit';
import { createKeys } from '@watchword/verification';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { ownFolder } from './own-folder.ts';

const OTPS = 24;
/** Longer than a consumer may stand still for readiness (30 s) and for liveness (60 s) where nothing is away. */
const HELD_AWAY_MS = 70_000;
/** A person begins this often meanwhile. */
const BEGINS_MS = 500;

/** The tenant's and the country's counts lie on one master each, and without them nobody starts: that is not the matter here. */
const NO_WIDE_LIMITS =
  'limits: { wide: { tenant_per_minute: 0, country_per_minute: 0, ip_prefix_per_hour: 0, number_prefix_per_10_minutes: 0 } }';

const folder = ownFolder();
let cluster: LocalRedisCluster;
let product: Product;
beforeAll(async () => {
  cluster = await startLocalRedisCluster({ binary: inject('redisServer'), dir: folder.dir });
  product = await startProduct((yaml) => `${yaml}\n${NO_WIDE_LIMITS}`, {
    redis: { url: `redis://${cluster.nodes[0]}`, nodes: cluster.nodes },
  });
});
afterAll(async () => {
  await product?.stop();
  await cluster?.stop();
  folder.remove();
});

interface Otp {
  id: string;
  code: string;
  master: number;
}

async function receive(): Promise<Otp> {
  const to = freshNumber();
  const started = await product.start({ to, channel: 'sms' });
  expect(started.status).toBe(202);
  const { id } = started.body;
  const [message] = await product.messages(to);
  return { id, code: codeIn(message!.text), master: await cluster.masterOf(createKeys(product.namespace).record(id)) };
}

/** A person's way from the start to the approval: refused where something of theirs lies on the lost master. */
async function serve(): Promise<'approved' | 'refused' | 'let down'> {
  const to = freshNumber();
  const started = await product.start({ to, channel: 'sms' });
  if (started.status !== 202) return 'refused';
  try {
    const [message] = await product.messages(to);
    const { body } = await product.check(started.body.id, codeIn(message!.text));
    return body.valid ? 'approved' : 'let down';
  } catch {
    return 'let down'; // no message within 20 s
  }
}

/** The requests of these verifications once more, as after a rebalance: a repeat changes nothing, but needs the record in Redis. */
async function askAgainFor(ids: ReadonlySet<string>): Promise<number> {
  const { topicPrefix } = product;
  const bus = createBus(
    { brokers: inject('kafkaBrokers'), clientId: 'test', topicPrefix },
    { log: pino({ level: 'silent' }) },
  );
  const theirs: IncomingRecord[] = [];
  const handle = async (record: IncomingRecord) => void (ids.has(record.key) && theirs.push(record));
  await bus.read({ topics: [REQUEST_TOPIC], fromMs: 0, envelope: 'none', handle });
  await Promise.all(
    theirs.map(({ key, value, headers }) => bus.publishRecord({ topic: REQUEST_TOPIC, key, value, headers })),
  );
  await bus.close(2_000);
  return theirs.length;
}

const retries = async (): Promise<number> =>
  Number(
    /^watchword_bus_handle_retries_total\{.*dispatcher.*\} (\d+)/m.exec(await product.process.metrics.metrics())?.[1] ??
      0,
  );

const probe = async (path: string): Promise<number> => (await fetch(`${product.process.url}${path}`)).status;

const checked = async ({ id, code }: Otp) => {
  const { status, body, headers } = await product.check(id, code);
  return { status, valid: body.valid, retryAfter: headers.get('retry-after') };
};

it('a lost master costs the verifications of its slots, and only while it is away', async () => {
  const otps: Otp[] = [];
  while (otps.length < OTPS) otps.push(...(await Promise.all(Array.from({ length: 6 }, receive))));
  // not the one with the channel's queue: that one's loss stops the channel
  const queue = await cluster.masterOf(`{${product.namespace}deliver-sms-0}`);
  const lost = [0, 1, 2].find((node) => node !== queue)!;
  const [theirs, others] = [true, false].map((is) => otps.filter(({ master }) => (master === lost) === is)) as [
    Otp[],
    Otp[],
  ];
  expect(theirs.length).toBeGreaterThan(0);

  await cluster.kill(lost);
  for (const otp of theirs.slice(0, 3)) {
    const begun = performance.now();
    expect(await checked(otp)).toMatchObject({ status: 503, retryAfter: expect.any(String) });
    expect(performance.now() - begun).toBeLessThan(2_000);
  }
  const half = others.length / 2;
  for (const otp of others.slice(0, half)) expect(await checked(otp)).toMatchObject({ status: 200, valid: true });
  // a person of another master's bucket is served from the start to the approval
  const fresh = await waitFor(
    async () => {
      const to = freshNumber();
      const started = await product.start({ to, channel: 'sms' });
      return started.status === 202 && { id: started.body.id, to };
    },
    { timeoutMs: 20_000, what: 'a start in the bucket of another master' },
  );
  const [message] = await product.messages(fresh.to);
  expect((await product.check(fresh.id, codeIn(message!.text))).body.valid).toBe(true);
  // readiness has two seconds to find out
  await expect
    .poll(() => product.process.readiness.report(), { timeout: 5_000 })
    .toMatchObject({
      ready: true,
      parts: { 'redis.state': { ready: true, degraded: '1 of 3 masters take no writes' } },
    });

  const asked = await askAgainFor(new Set(theirs.map(({ id }) => id)));
  expect(asked).toBe(theirs.length);
  await waitFor(async () => (await retries()) >= asked, { timeoutMs: 20_000, what: 'them to meet the lost master' });
  // people of the others' buckets are served all the while, though every partition has records of the lost one's by then
  const until = performance.now() + HELD_AWAY_MS;
  const people: ReturnType<typeof serve>[] = [];
  while (performance.now() < until) {
    people.push(serve());
    expect(await probe('/livez')).toBe(200);
    expect(await probe('/readyz')).toBe(200);
    await sleep(BEGINS_MS);
  }
  const outcomes = await Promise.all(people);
  expect(outcomes).not.toContain('let down');
  expect(outcomes.filter((outcome) => outcome === 'approved').length).toBeGreaterThan(outcomes.length / 4);

  await cluster.restart(lost);
  await waitFor(
    async () => (await Promise.all(Array.from({ length: 6 }, serve))).every((outcome) => outcome === 'approved'),
    {
      timeoutMs: 30_000,
      what: 'everybody to be served again',
    },
  );
  expect(await probe('/livez')).toBe(200);
  for (const otp of theirs) {
    const answer = await waitFor(
      async () => {
        const answered = await checked(otp);
        return answered.status === 200 && answered;
      },
      { timeoutMs: 30_000, intervalMs: 200, what: 'an answer for a verification of the master that is back' },
    );
    expect(answer.valid).toBe(true);
    expect(await checked(otp)).toMatchObject({ status: 200, valid: false });
  }
  for (const otp of others.slice(half)) expect(await checked(otp)).toMatchObject({ status: 200, valid: true });
}, 240_000);
