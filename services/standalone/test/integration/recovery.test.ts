import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@watchword/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { startMortalRedis, type MortalRedis } from '../mortal-redis.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { untilRestored } from '../until-restored.ts';
import { hurry, readMetric, watchEvents, type EventWatch, type Submission } from '../watch-product.ts';

/** After Redis is back. */
const RECOVERED_MS = 15_000;
/** Starts a second while Redis is lost, and how long. */
const RATE = 40;
const LOAD_MS = 3_000;
/** Below the time-out of a call. */
const CALL_MS = 3_000;

let redis: MortalRedis;
let product: Product;
let events: EventWatch;
beforeAll(async () => {
  redis = await startMortalRedis();
  product = await startProduct((yaml) => yaml, { env: { REDIS_URL: redis.url, REDIS_NODES: '' } });
  events = await watchEvents(product);
  await hurry(product, ...Object.values(SIMULATED).flat());
});
afterAll(async () => {
  await events.stop();
  await product.stop();
  await redis.stop();
});

interface Started {
  id: string;
  to: string;
}

async function start(to = freshNumber()): Promise<Started> {
  const started = await product.start({ to, channel: 'sms' });
  expect(started.status).toBe(202);
  return { id: started.body.id, to };
}

/** Starts, and waits until Kafka knows that the message is out. */
async function receive(): Promise<Started & { code: string }> {
  const started = await start();
  const [message] = await product.messages(started.to);
  await events.until('otp.attempt.v1', started.id, 1);
  return { ...started, code: codeIn(message!.text) };
}

const wrong = (code: string): string => (code === '000000' ? '111111' : '000000');

async function typeWrong({ id, code }: { id: string; code: string }, times: number): Promise<void> {
  for (let n = 0; n < times; n++) expect((await product.check(id, wrong(code))).status).toBe(200);
  await waitFor(() => events.of('otp.check.v1', id).filter(({ data }) => !data.valid).length >= times, {
    timeoutMs: 10_000,
    what: 'the checks in Kafka',
  });
}

/** What the API answers once it knows. Before that it says so, and never that there is none. */
async function onceKnown<T extends { status: number; body: { code?: string } }>(ask: () => Promise<T>): Promise<T> {
  return waitFor(
    async () => {
      const answer = await ask();
      expect([200, 202, 429, 503]).toContain(answer.status);
      return answer.status !== 503 && answer;
    },
    { timeoutMs: RECOVERED_MS, intervalMs: 20, what: 'an answer other than 503' },
  );
}

/** People who start while Redis is lost. Answers those who were told 202. */
async function load(): Promise<Started[]> {
  const accepted: Started[] = [];
  const asked: Promise<void>[] = [];
  for (const begun = performance.now(); performance.now() - begun < LOAD_MS;) {
    const to = freshNumber();
    asked.push(
      product.start({ to, channel: 'sms' }).then(({ status, body }) => {
        if (status === 202) accepted.push({ id: body.id, to });
        else expect(status).toBe(503);
      }),
    );
    await sleep(1_000 / RATE);
  }
  await Promise.all(asked);
  return accepted;
}

/** Loses Redis while people start, and waits until all is as it should be. */
async function loseUnderLoad(lose: () => Promise<void>): Promise<Started[]> {
  const loading = load();
  await sleep(LOAD_MS / 2);
  await lose();
  await untilRestored({ url: redis.url, nodes: [] }, product.namespace, { settled: true, timeoutMs: RECOVERED_MS });
  return loading;
}

/** How many submissions each of them had. */
async function submissionsOf(people: readonly Started[]): Promise<number[]> {
  const counts = new Map(people.map(({ to }) => [to, 0]));
  for (let since = 0; ;) {
    const response = await fetch(`${product.simulator.url}/control/ledger?since=${since}`);
    const { entries, next } = (await response.json()) as { entries: Submission[]; next: number };
    if (entries.length === 0) return [...counts.values()];
    for (const { to } of entries) if (counts.has(to)) counts.set(to, counts.get(to)! + 1);
    since = next;
  }
}

/** Every 202 has its message; more than one only where it is counted. */
async function expectDelivered(people: readonly Started[], counted: number): Promise<void> {
  expect(people.length).toBeGreaterThan(LOAD_MS / 1_000);
  await waitFor(async () => (await submissionsOf(people)).every((count) => count > 0), {
    timeoutMs: 20_000,
    intervalMs: 200,
    what: 'a message for everyone',
  });
  const repeated = (await submissionsOf(people)).reduce((sum, count) => sum + count - 1, 0);
  expect(repeated, 'messages sent twice, of those that are counted').toBeLessThanOrEqual(counted);
}

const recoveredSends = async (): Promise<number> => readMetric(product, 'watchword_recovered_sends_total');

describe('Redis is', () => {
  it('wiped under load: used codes stay used, budgets spent, messages are not repeated, and everybody gets one', async () => {
    const approved = await receive();
    expect((await product.check(approved.id, approved.code)).body.valid).toBe(true);
    const guessing = await receive();
    await typeWrong(guessing, 3);
    const spent = await receive();
    await typeWrong(spent, 5);
    const waiting = await receive();
    await Promise.all([approved, spent].map(async ({ id }) => events.until('otp.outcome.v1', id, 1)));
    const before = await recoveredSends();

    const people = await loseUnderLoad(async () => {
      await redis.wipe();
      // whatever is asked meanwhile: nothing is judged, and nothing is denied
      const answers = await Promise.all([
        product.check(approved.id, approved.code),
        product.check(waiting.id, waiting.code),
        product.call<{ code?: string }>('GET', `/v1/verifications/${waiting.id}`),
        product.call<{ code?: string }>('GET', `/v1/verifications/${waiting.id}/routing`),
        product.call<{ code?: string }>('POST', `/v1/verifications/${waiting.id}/resend`),
        product.call<{ code?: string }>('POST', '/v1/verifications/check', { to: waiting.to, code: waiting.code }),
        product.call<{ code?: string }>('POST', `/v1/verifications/${spent.id}/cancel`),
      ]);
      for (const { status, body, headers } of answers) {
        expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'being_restored', '2']);
      }
      const used = await onceKnown(async () => product.check(approved.id, approved.code));
      expect(used.body).toMatchObject({ status: 'approved', valid: false });
    });

    const routing = await product.call('GET', `/v1/verifications/${waiting.id}/routing`);
    expect(routing.body).toMatchObject({ attempts: [{ n: 1, rule: expect.any(String) as string }] });
    expect((await product.check(guessing.id, wrong(guessing.code))).body).toMatchObject({ checks_remaining: 1 });
    expect((await product.check(spent.id, spent.code)).status).toBe(429);
    expect((await product.check(waiting.id, waiting.code)).body).toMatchObject({ valid: true, generation: 1 });
    const nobody = `${waiting.id.slice(0, -4)}${waiting.id.endsWith('aaaa') ? 'bbbb' : 'aaaa'}`;
    expect((await product.check(nobody, '123456')).status).toBe(404);
    await expectDelivered(people, (await recoveredSends()) - before);
    expect(await submissionsOf([approved, guessing, spent, waiting])).toEqual([1, 1, 1, 1]);
  }, 120_000);

  it('wiped while a worker waits for its provider: what it settles later is known, and nothing is sent again', async () => {
    const sms = SIMULATED.sms;
    for (const provider of sms) await product.behave(provider, { submit_latency_ms: CALL_MS });
    const talking = await start();
    const throttled = freshNumber();
    for (const provider of sms) await product.behave(provider, { by_recipient: { [throttled]: 'throttle' } });
    const refused = await start(throttled);
    await waitFor(async () => (await product.read(talking.id)).attempts[0]?.state === 'submitting', {
      timeoutMs: 10_000,
      what: 'a call to a provider',
    });
    const before = await recoveredSends();
    await redis.wipe();
    for (const provider of sms) await product.behave(provider, { by_recipient: null, submit_latency_ms: 5 });
    const [message] = await product.messages(talking.to);
    await product.messages(refused.to);
    await untilRestored({ url: redis.url, nodes: [] }, product.namespace, { settled: true, timeoutMs: RECOVERED_MS });
    expect((await product.check(talking.id, codeIn(message!.text))).body).toMatchObject({ valid: true });
    expect(await submissionsOf([talking])).toEqual([1]);
    // nobody knew whether the other one had gone out
    await waitFor(async () => (await recoveredSends()) > before, { timeoutMs: 10_000, what: 'a send that is counted' });
  }, 120_000);

  it('killed and started again under load: nothing is lost, and nothing sent twice that is not counted', async () => {
    const waiting = await receive();
    const before = await recoveredSends();
    const people = await loseUnderLoad(async () => {
      await redis.restart();
      const { body } = await onceKnown(async () => product.check(waiting.id, waiting.code));
      expect(body).toMatchObject({ valid: true });
    });
    await expectDelivered(people, (await recoveredSends()) - before);
    expect(await submissionsOf([waiting])).toEqual([1]);
  }, 120_000);

  it('taken over by a replica without the last seconds: what Kafka has of them counts', async () => {
    const waiting = await receive();
    const guessing = await receive();
    await typeWrong(guessing, 1);
    redis.remember();
    expect((await product.check(waiting.id, waiting.code)).body.valid).toBe(true);
    await events.until('otp.outcome.v1', waiting.id, 1);
    await typeWrong(guessing, 2);
    const late = await receive();
    const before = await recoveredSends();
    await redis.rewind();

    const used = await onceKnown(async () => product.check(waiting.id, waiting.code));
    expect(used.body).toMatchObject({ status: 'approved', valid: false });
    const remaining = await onceKnown(async () => product.check(guessing.id, wrong(guessing.code)));
    expect(remaining.body).toMatchObject({ checks_remaining: 1 });
    const known = await onceKnown(async () =>
      product.call<{ code?: string; status: string }>('GET', `/v1/verifications/${late.id}`),
    );
    expect(known.body).toMatchObject({ status: 'pending', attempts: [{ state: 'accepted' }] });
    await untilRestored({ url: redis.url, nodes: [] }, product.namespace, { settled: true, timeoutMs: RECOVERED_MS });
    expect((await product.check(late.id, late.code)).body).toMatchObject({ valid: true });
    expect(await submissionsOf([waiting, guessing, late])).toEqual([1, 1, 1]);
    expect(await recoveredSends()).toBe(before);
  }, 120_000);
});
