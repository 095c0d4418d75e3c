import { startLocalSentinel, waitFor, type LocalSentinel } from '@watchword/testkit';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { ownFolder } from './own-folder.ts';

/** A person presses the button this many times before the master dies, and after. */
const STARTS = 20;

const folder = ownFolder();
let sentinel: LocalSentinel;
let product: Product;
beforeAll(async () => {
  sentinel = await startLocalSentinel({
    binary: inject('redisServer'),
    dir: folder.dir,
    sentinelPassword: 'of-theirs',
  });
  product = await startProduct(
    (yaml) =>
      yaml.replace(
        'url: ${env:REDIS_URL}',
        'sentinel: { name: watchword, nodes: "${env:SENTINELS}", password: "${env:SENTINEL_PASSWORD}" }',
      ),
    {
      env: { SENTINELS: sentinel.nodes.join(','), SENTINEL_PASSWORD: 'of-theirs' },
      redis: { url: `redis://127.0.0.1:${await sentinel.masterPort()}`, nodes: [] },
    },
  );
});
afterAll(async () => {
  await product?.stop();
  await sentinel?.stop();
  folder.remove();
});

async function start(): Promise<{ id: string; to: string } | undefined> {
  const to = freshNumber();
  const { status, body } = await product.start({ to, channel: 'sms' });
  if (status !== 202 && status !== 503) throw new Error(`a start was answered ${status}`);
  return status === 202 ? { id: body.id, to } : undefined;
}

/** As a client that is told by 503 and Retry-After to ask again. */
async function check(id: string, code: string) {
  return waitFor(
    async () => {
      const { status, body } = await product.check(id, code);
      return status !== 503 && { status, body };
    },
    { timeoutMs: 30_000, intervalMs: 250, what: 'an answer that is no 503' },
  );
}

it('a failover in the middle of traffic: who was told 202 gets the code, an approval holds, and nothing is restarted', async () => {
  const used = { to: freshNumber(), id: '', code: '' };
  used.id = (await product.start({ to: used.to, channel: 'sms' })).body.id;
  used.code = codeIn((await product.messages(used.to))[0]!.text);
  expect((await check(used.id, used.code)).body.valid).toBe(true);

  const old = await sentinel.masterPort();
  const accepted: { id: string; to: string }[] = [];
  for (let i = 0; i < STARTS; i++) accepted.push(...[await start()].filter((each) => each !== undefined));
  expect(accepted.length).toBe(STARTS);
  await sentinel.servers.find(({ port }) => port === old)!.kill();
  await sentinel.failedOver(old);
  while (accepted.length < 2 * STARTS) accepted.push(...[await start()].filter((each) => each !== undefined));

  for (const { id, to } of accepted) {
    const code = codeIn((await product.messages(to)).at(-1)!.text);
    expect((await check(id, code)).body).toMatchObject({ status: 'approved', valid: true });
    expect((await check(id, code)).body).toMatchObject({ status: 'approved', valid: false });
  }
  expect((await check(used.id, used.code)).body).toMatchObject({ status: 'approved', valid: false });
  await waitFor(() => product.process.readiness.report().ready, { timeoutMs: 5_000, what: 'readiness' });
});
