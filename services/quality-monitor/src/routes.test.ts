import { hash } from 'node:crypto';
import type { TenantConfig } from '@watchword/runtime';
import { fastify } from 'fastify';
import { afterAll, expect, test } from 'vitest';
import { createRoutes } from './routes.ts';

const KEYS = { customer: 'ww_dev_customer', ours: 'ww_dev_ours' };
const apiKeys = Object.entries(KEYS).map(([id, key]) => ({ id, sha256: hash('sha256', key), seesAll: id === 'ours' }));

const app = fastify();
await app.register(
  createRoutes({
    tenants: [{ apiKeys } as unknown as TenantConfig],
    counts: { changedSince: async () => [], readSpans: async () => [] },
    readJudgements: async () => () => ({ breaker: 'closed', fake_receipts: false }),
    priceOf: () => undefined,
  }),
);
afterAll(async () => app.close());

test('what is counted of all tenants together is told to who sees all, and to no customer', async () => {
  const ask = async (headers: Record<string, string>) => {
    const { statusCode, body } = await app.inject({ url: '/v1/quality', headers });
    return [statusCode, (JSON.parse(body) as { code?: string }).code];
  };
  expect(await ask({ authorization: `Bearer ${KEYS.ours}` })).toEqual([200, undefined]);
  expect(await ask({ authorization: `Bearer ${KEYS.customer}` })).toEqual([403, 'forbidden']);
  expect(await ask({})).toEqual([401, 'unauthorized']);
});
