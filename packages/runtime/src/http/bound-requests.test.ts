import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { boundRequests } from './bound-requests.ts';

test('what comes beyond the bound is refused at once, probes are not, and each answer makes room for another', async () => {
  const app = Fastify();
  boundRequests(app, 2);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  app.get('/slow', async () => {
    await released;
    return { done: true };
  });
  app.get('/readyz', async () => ({ ready: true }));
  const slow = [app.inject('/slow'), app.inject('/slow')];
  await app.inject('/readyz');

  const refused = await app.inject('/slow');
  expect(refused.statusCode).toBe(503);
  expect(refused.headers['retry-after']).toBe('2');
  expect(refused.json()).toMatchObject({ code: 'overloaded', retry_after: 2 });
  expect((await app.inject('/readyz')).statusCode).toBe(200);

  release();
  for (const answer of await Promise.all(slow)) expect(answer.statusCode).toBe(200);
  expect((await app.inject('/slow')).statusCode).toBe(200);
  await app.close();
});
