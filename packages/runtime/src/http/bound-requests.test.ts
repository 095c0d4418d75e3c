import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { boundRequests } from './bound-requests.ts';

test('what comes beyond the bound is refused at once, probes are not, and each answer makes room for another', async () => {
  const app = Fastify();
  boundRequests(app, { requestsMax: 2 });
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

test('while answers are slow only a few are worked on at a time; that is over when answers are quick again', async () => {
  const app = Fastify();
  let now = 0;
  boundRequests(app, { slowAtOnceMax: 2, now: () => now });
  let gate = Promise.withResolvers<void>();
  app.get('/', async () => {
    await gate.promise;
    return {};
  });
  /** So many requests at a time, answered after so many ms. @returns their statuses */
  const round = async (count: number, tookMs: number): Promise<number[]> => {
    gate = Promise.withResolvers();
    const answers = Array.from({ length: count }, () => app.inject('/'));
    await new Promise((resolve) => setImmediate(resolve));
    now += tookMs;
    gate.resolve();
    return (await Promise.all(answers)).map(({ statusCode }) => statusCode);
  };
  expect(await round(100, 3_000)).toEqual(Array.from({ length: 100 }, () => 200));
  expect(await round(5, 10)).toEqual([200, 200, 503, 503, 503]);
  for (let i = 0; i < 100; i++) await round(2, 10);
  expect(await round(5, 10)).toEqual([200, 200, 200, 200, 200]);
  await app.close();
});
