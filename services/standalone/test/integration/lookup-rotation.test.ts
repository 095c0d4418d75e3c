import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { ingest } from '@watchword/ingest';
import { loadConfig, startProcess, type RunningProcess } from '@watchword/runtime';
import { connectGivenRedis, freePort, keysOf, waitFor } from '@watchword/testkit';
import { verify } from '@watchword/verify';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';

const SENDS_PER_10_MINUTES = 5;
const WRONG_CHECKS_PER_HOUR = 10;
const CHECKS_MAX = 5;

let product: Product;
/** Ingest and verify of the same deployment, with a new lookup key beside the former one. */
let rotated: RunningProcess;
beforeAll(async () => {
  product = await startProduct();
  const path = product.environment['WATCHWORD_CONFIG']!;
  const changed = path.replace('config.yaml', 'rotated.yaml');
  const yaml = readFileSync(path, 'utf8').replace(
    /( {2}lookup:\n {4}current: )k1(\n {4}keys: \{ )/,
    '$1k2$2k2: "${env:LOOKUP_K2}", ',
  );
  writeFileSync(changed, yaml);
  const port = String(await freePort());
  const env = { ...product.environment, HTTP_PORT: port, LOOKUP_K2: randomBytes(32).toString('base64') };
  rotated = await startProcess({
    config: loadConfig(changed, { env }),
    services: [ingest, verify],
    name: 'rotated',
    log: pino({ level: 'silent' }),
  });
  await waitFor(() => rotated.readiness.report().ready, { timeoutMs: 30_000, what: 'the services with the new key' });
});
afterAll(async () => {
  await rotated.stop();
  await product.stop();
});

/** To the services with the new key. */
async function post(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${rotated.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${product.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

it('a live verification is joined and found by its address', async () => {
  const to = freshNumber();
  const { id } = (await product.start({ to })).body;
  const code = codeIn((await product.messages(to))[0]!.text);
  expect(await post('/v1/verifications', { to })).toMatchObject({ status: 202, body: { id, sent: false } });
  expect(await post('/v1/verifications/check', { to, code })).toMatchObject({ body: { id, valid: true } });
});

it('a person has had as many messages as before', async () => {
  const to = freshNumber();
  for (let n = 0; n < SENDS_PER_10_MINUTES - 1; n++) {
    expect((await product.start({ to, purpose: `p${n}` })).status).toBe(202);
  }
  expect(await post('/v1/verifications', { to })).toMatchObject({ status: 202, body: { sent: true } });
  expect(await post('/v1/verifications', { to, purpose: 'more' })).toMatchObject({
    status: 429,
    body: { code: 'rate_limited' },
  });
});

it('a person who is locked for wrong codes stays locked', async () => {
  const to = freshNumber();
  for (let n = 0; n < WRONG_CHECKS_PER_HOUR / CHECKS_MAX; n++) {
    const { id } = (await product.start({ to, code_length: 10 })).body;
    await product.messages(to, n + 1);
    for (let k = 0; k < CHECKS_MAX; k++) expect((await product.check(id, `${k}`)).body.valid).toBe(false);
  }
  // as at the end of the last one's life: until then a start goes to where the former key keeps it
  const redis = connectGivenRedis(inject('redis'));
  const lookups = await keysOf(redis, `*${product.namespace}*:l:*`);
  await Promise.all(lookups.map(async (key) => redis.del(key)));
  redis.disconnect();
  const started = await post('/v1/verifications', { to });
  expect(started.status).toBe(202);
  const code = codeIn((await product.messages(to, 3)).at(-1)!.text);
  expect(await post(`/v1/verifications/${String(started.body['id'])}/check`, { code })).toMatchObject({
    status: 429,
    body: { code: 'locked' },
  });
});
