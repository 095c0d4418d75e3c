import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestCertificates, freePort, startLocalRedis, type LocalEngine } from '@watchword/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { endLife } from '../age.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { untilAttempts, untilView } from '../watch-product.ts';
import { ownFolder } from './own-folder.ts';

/** BullMQ looks for stalled jobs every 5 s, and prolongs its locks every 7.5 s. */
const LOCK_ROUND_MS = 8_000;

const folder = ownFolder();
let server: LocalEngine;
let look: Redis;
let product: Product;
beforeAll(async () => {
  const { files } = await createTestCertificates(join(folder.dir, 'certificates'));
  const tlsPort = await freePort();
  server = await startLocalRedis({
    binary: inject('redisServer'),
    dir: join(folder.dir, 'redis'),
    settings: {
      'tls-port': String(tlsPort),
      'tls-cert-file': files.certificate,
      'tls-key-file': files.key,
      'tls-ca-cert-file': files.ca,
      'tls-auth-clients': 'no',
    },
  });
  look = new Redis(server.port, { replyMapping: 'legacy' });
  await look.call('ACL', 'SETUSER', ...documentedUser());
  product = await startProduct(
    (yaml) =>
      yaml.replace(
        'url: ${env:REDIS_URL}',
        `url: rediss://127.0.0.1:${tlsPort}
    username: watchword
    password: \${env:REDIS_PASSWORD}
    tls: { ca: "\${file:${files.ca}}" }`,
      ),
    { env: { REDIS_PASSWORD: 'of-the-product' }, redis: { url: `redis://127.0.0.1:${server.port}`, nodes: [] } },
  );
});
afterAll(async () => {
  await product?.stop();
  look?.disconnect();
  await server?.kill();
  folder.remove();
});

/** The line of docs/redis.md, with this test's password and namespaces. */
function documentedUser(): string[] {
  const page = readFileSync('docs/redis.md', 'utf8');
  const [, line] = /```acl\nuser (.+)\n```/.exec(page) ?? [];
  return line!.replace('>PASSWORD', '>of-the-product').replace('~{watchword-*', '~{t*').split(' ');
}

async function receive(channel: string, to: string): Promise<{ id: string; code: string }> {
  const started = await product.start({ to, channel });
  expect(started.status).toBe(202);
  const messages = await product.messages(to);
  return { id: started.body.id, code: codeIn(messages[0]!.text) };
}

it('the whole product runs as the documented least user, over TLS, and asks for nothing that it may not', async () => {
  await look.call('ACL', 'LOG', 'RESET');
  const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  for (const [channel, to] of [
    ['sms', freshNumber()],
    ['voice', freshNumber()],
    ['email', `person${Date.now()}@example.com`],
  ] as const) {
    const { id, code } = await receive(channel, to);
    expect((await product.check(id, wrong(code))).body.valid).toBe(false);
    expect((await product.check(id, code)).body.valid).toBe(true);
  }
  const byAddress = freshNumber();
  const { code } = await receive('sms', byAddress);
  const checked = await product.call<{ valid: boolean }>(
    'POST',
    '/v1/verifications/check',
    { to: byAddress, code },
    { 'idempotency-key': `least-${byAddress}` },
  );
  expect(checked.body.valid).toBe(true);

  const canceled = await receive('sms', freshNumber());
  expect((await product.call('POST', `/v1/verifications/${canceled.id}/cancel`)).status).toBe(200);
  const expired = await receive('sms', freshNumber());
  await endLife({ redis: look, product }, expired.id);
  await untilView(product, expired.id, 'its end', ({ status }) => status === 'expired');

  // refused, busy, hanging: retries, back-off and failover
  const to = freshNumber();
  await product.behave('north', { by_recipient: { [to]: 'http_500' } });
  await product.behave('south', { by_recipient: { [to]: 'throttle' } });
  const troubled = await product.start({ to, channel: 'sms' });
  expect(troubled.status).toBe(202);
  await untilAttempts(product, troubled.body.id, 2);
  await sleep(LOCK_ROUND_MS);

  const refused = (await look.call('ACL', 'LOG', '100')) as unknown[][];
  const named = refused.map((entry) => [entry[entry.indexOf('reason') + 1], entry[entry.indexOf('object') + 1]]);
  expect(named, 'what was refused to it').toEqual([]);
  expect(product.logged()).not.toContain('NOPERM');
  expect(product.process.readiness.report().ready).toBe(true);
});

it('the least user may neither list nor empty, nor touch what is not the product’s', async () => {
  const redis = new Redis(server.port, { username: 'watchword', password: 'of-the-product', disableClientInfo: true });
  const forbidden: [string, ...string[]][] = [
    ['KEYS', '*'],
    ['SCAN', '0'],
    ['FLUSHALL'],
    ['FLUSHDB'],
    ['CONFIG', 'GET', '*'],
    ['CLIENT', 'LIST'],
    ['SCRIPT', 'FLUSH'],
    ['SUBSCRIBE', 'any'],
    ['GET', '{other}:key'],
    ['EVAL', 'return redis.call("KEYS", "*")', '0'],
  ];
  for (const [command, ...args] of forbidden) {
    await expect(redis.call(command, ...args)).rejects.toThrow(/NOPERM|can't run this command|ACL failure/);
  }
  redis.disconnect();
});
