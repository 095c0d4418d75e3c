import { startLocalRedisCluster, waitFor, type LocalRedisCluster } from '@watchword/testkit';
import { createKeys } from '@watchword/verification';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { ownFolder } from './own-folder.ts';

const OTPS = 24;

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
  expect(product.process.readiness.report().ready).toBe(true);
  expect(product.process.readiness.report().parts['redis.state']).toMatchObject({
    ready: true,
    degraded: '1 of 3 masters take no writes',
  });

  await cluster.restart(lost);
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
});
