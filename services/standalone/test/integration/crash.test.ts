import { fileURLToPath } from 'node:url';
import { createRedisProxy, freePort, startServiceProcess, waitFor, type ServiceProcess } from '@watchword/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { endLife } from '../age.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { hurry, submissionsTo, untilAttempts, untilView, watchEvents, type EventWatch } from '../watch-product.ts';

/** An attempt whose worker vanished is taken over after this time. */
const SUBMIT_LEASE_MS = 15_000;

let product: Product;
let events: EventWatch;
const processes: ServiceProcess[] = [];
beforeAll(async () => {
  product = await startProduct(
    (yaml) => yaml.replace('\nkafka:', '\n  queue:\n    url: ${env:REDIS_QUEUE_URL}\nkafka:'),
    {
      without: ['dispatcher', 'delivery'],
      env: { REDIS_QUEUE_URL: inject('redisUrl') },
    },
  );
  await startDispatcher();
  events = await watchEvents(product);
  await hurry(product, ...Object.values(SIMULATED).flat());
});
afterAll(async () => {
  await Promise.all(processes.map(async (each) => each.stop()));
  await events.stop();
  await product.stop();
});

/** Starts a service as a process of its own, as production does. */
async function startService(service: string, env: Record<string, string> = {}): Promise<ServiceProcess> {
  const port = await freePort();
  const started = await startServiceProcess({
    name: service,
    entry: fileURLToPath(new URL(`../../../${service}/src/main.ts`, import.meta.url)),
    env: { ...product.environment, HTTP_PORT: String(port), ...env },
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  });
  processes.push(started);
  return started;
}
const startDispatcher = async (env?: Record<string, string>) => startService('dispatcher', env);
const startWorker = async (channel: string) => startService('delivery', { CHANNEL: channel });

async function start(body: object): Promise<string> {
  const started = await product.start(body);
  expect(started.status).toBe(202);
  return started.body.id;
}

describe.concurrent('a worker', () => {
  it('F2: that is killed in mid-send: the attempt is taken over as unknown, another provider delivers, either code works', async () => {
    const doomed = await startWorker('sms');
    const recipients = [freshNumber(), freshNumber()];
    await product.behave('north', {
      by_recipient: Object.fromEntries(recipients.map((to) => [to, 'accept_then_hang'])),
    });
    const ids = await Promise.all(recipients.map(async (to) => start({ to, channel: 'sms' })));
    // both texts are out, and the worker waits for the answers
    await Promise.all(recipients.map(async (to) => product.messages(to)));
    doomed.kill('SIGKILL');
    await doomed.exited;
    await startWorker('sms');

    for (const [n, id] of ids.entries()) {
      const to = recipients[n]!;
      const view = await untilView(product, id, 'an attempt by another', ({ attempts }) => attempts.length === 2, {
        timeoutMs: SUBMIT_LEASE_MS + 15_000,
      });
      const messages = await product.messages(to, 2);
      expect(view.attempts).toMatchObject([
        { provider: 'north', state: 'unknown', error: 'timeout', send: 1, generation: 1 },
        { provider: 'south', send: 1, generation: 2 },
      ]);
      const tookMs = Date.parse(view.attempts[1]!.started_at) - Date.parse(view.attempts[0]!.started_at);
      expect(tookMs).toBeGreaterThanOrEqual(SUBMIT_LEASE_MS);
      const attempts = (await events.until('otp.attempt.v1', id, 2)).map(({ data }) => data);
      expect(attempts).toMatchObject([
        { attempt_id: `${id}.1`, state: 'unknown', taken_over: true },
        { attempt_id: `${id}.2`, state: 'accepted', taken_over: false },
      ]);
      const typed = messages.find(({ provider }) => provider === (n === 0 ? 'north' : 'south'))!;
      expect((await product.check(id, codeIn(typed.text))).body).toMatchObject({ valid: true, generation: n + 1 });
      expect(await submissionsTo(product, to), 'one possible duplicate, and no more').toHaveLength(2);
    }
  });

  it('that comes too late calls nobody: what waited in the queue has ended or lives no more', async () => {
    const redis = new Redis(inject('redisUrl'), { replyMapping: 'legacy' });
    const [canceledTo, expiredTo, liveTo] = [freshNumber(), freshNumber(), freshNumber()];
    const canceled = await start({ to: canceledTo, channel: 'voice' });
    const expired = await start({ to: expiredTo, channel: 'voice', life_seconds: 30 });
    const live = await start({ to: liveTo, channel: 'voice' });
    // all three are in the queue, since the last one is
    await waitFor(async () => (await redis.keys(`*${product.namespace}*deliver-voice*${live}*`)).length > 0, {
      timeoutMs: 10_000,
      what: 'a job in the queue',
    });
    await product.call('POST', `/v1/verifications/${canceled}/cancel`);
    await endLife({ redis, product }, expired);
    await untilView(product, expired, 'the end of its life', ({ status }) => status === 'expired');
    redis.disconnect();

    await startWorker('voice');
    await product.messages(liveTo);
    await untilAttempts(product, live, 1);
    for (const to of [canceledTo, expiredTo]) expect(await submissionsTo(product, to)).toEqual([]);
    for (const id of [canceled, expired]) expect((await product.read(id)).attempts).toEqual([]);
  });
});

describe('a dispatcher', () => {
  it('that is killed between consuming a request and queuing its job: the OTP goes out all the same, once', async () => {
    await startWorker('sms');
    const [honest] = processes.filter(({ name }) => name === 'dispatcher');
    await honest!.stop();
    const proxy = await createRedisProxy(inject('redisUrl'));
    const doomed = await startDispatcher({ REDIS_QUEUE_URL: proxy.url });
    proxy.freeze();
    const to = freshNumber();
    const id = await start({ to, channel: 'sms' });
    await waitFor(() => proxy.heldBack().includes(id), { timeoutMs: 10_000, what: 'a job that is held back' });
    doomed.kill('SIGKILL');
    await doomed.exited;
    await proxy.close();
    expect(await submissionsTo(product, to)).toEqual([]);

    await startDispatcher();
    const [message] = await product.messages(to);
    expect((await product.check(id, codeIn(message!.text))).body).toMatchObject({ valid: true, generation: 1 });
    expect(await submissionsTo(product, to)).toHaveLength(1);
  });
});
