import { hashApiKey } from '@watchword/otp';
import { fastify } from 'fastify';
import { afterAll, expect, test } from 'vitest';
import type { TenantConfig } from '../config/compile.ts';
import { createAuthentication, onlyWhoSeesAll, tenantOf } from './authenticate.ts';

const key = (id: string, seesAll: boolean) => ({ id, sha256: hashApiKey(`ww_dev_${id}`), seesAll });
const tenants = [
  { id: 'shop', apiKeys: [key('shop', false), key('support', true)] },
  { id: 'bank', apiKeys: [key('bank', false)] },
] as unknown as TenantConfig[];

const app = fastify();
app.addHook('onRequest', createAuthentication(tenants));
app.get('/own', async (request) => ({ tenant: tenantOf(request).id }));
app.get('/all', { onRequest: onlyWhoSeesAll }, async (request) => ({ tenant: tenantOf(request).id }));
afterAll(async () => app.close());

test.each([
  ['ww_dev_shop', '/own', 200, 'shop'],
  ['ww_dev_bank', '/own', 200, 'bank'],
  ['ww_dev_support', '/own', 200, 'shop'],
  ['ww_dev_support', '/all', 200, 'shop'],
  ['ww_dev_shop', '/all', 403, 'forbidden'],
  ['ww_dev_bank', '/all', 403, 'forbidden'],
  ['ww_dev_nobody', '/all', 401, 'unauthorized'],
])('%s at %s is answered %i: %s', async (given, url, status, what) => {
  const answer = await app.inject({ url, headers: { authorization: `Bearer ${given}` } });
  const { tenant, code } = JSON.parse(answer.body) as { tenant?: string; code?: string };
  expect([answer.statusCode, code ?? tenant]).toEqual([status, what]);
});
