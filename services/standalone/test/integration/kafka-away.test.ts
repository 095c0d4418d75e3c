import { createBus, type IncomingEvent } from '@watchword/bus';
import { CHECK_TOPIC, OUTCOME_TOPIC } from '@watchword/contracts';
import { createBrokerProxy, waitFor, type BrokerProxy } from '@watchword/testkit';
import { bucketOfId, createKeys, type Keys } from '@watchword/verification';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, inject, it, onTestFinished } from 'vitest';
import { startApi, wrongCodes, type Api, type ApiAnswer, type Caller } from '../start-api.ts';
import { freshNumber } from '../start-product.ts';

/** Publishing takes 3 s at most before a start is taken back. */
const ANSWERED_MS = 4_000;
/** Back-off of producer and consumer after an outage. */
const RECOVERED_MS = 40_000;

let proxy: BrokerProxy;
let api: Api;
let demo: Caller;
/** Three starts in a minute. */
let sparing: Caller;
/** Its payments are approved only once Kafka has it. */
let strict: Caller;
let keys: Keys;
beforeAll(async () => {
  proxy = await createBrokerProxy(inject('kafkaBrokers')[0]!);
  api = await startApi({
    edit: (yaml) => yaml.replace('${env:KAFKA_BROKERS}', proxy.address),
    tenants: [
      '    channels: [sms]\n    limits: { wide: { tenant_per_minute: 3 } }',
      '    channels: [sms]\n    strict_once: [payment]',
    ],
  });
  demo = api.demo;
  [sparing, strict] = api.others as [Caller, Caller];
  keys = createKeys(api.product.namespace);
});
afterEach(async () => proxy.heal());
afterAll(async () => {
  await api.stop();
  await proxy.close();
});

async function refusedInTime(caller: Caller, body: object, headers?: Record<string, string>): Promise<ApiAnswer> {
  const begunMs = performance.now();
  const answer = await caller.start(body, headers);
  expect(performance.now() - begunMs).toBeLessThan(ANSWERED_MS);
  expect(answer).toMatchObject({ status: 503, body: { code: 'otp_bus_unavailable' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  return answer;
}

/** A start that works, as soon as one does. */
async function startsAgain(caller: Caller, body: object, headers?: Record<string, string>): Promise<ApiAnswer> {
  return waitFor(
    async () => {
      const answer = await caller.start(body, headers);
      return answer.status === 202 && answer;
    },
    { timeoutMs: RECOVERED_MS, intervalMs: 500, what: 'a start that works' },
  );
}

/** Every record of this product's verifications. */
async function records(): Promise<Set<string>> {
  return new Set((await api.keys()).filter((key) => key.includes('}:v:')));
}

/** The send limits of persons that hold a charge. */
async function charged(): Promise<Set<string>> {
  return new Set((await api.keys()).filter((key) => key.includes('}:s:')));
}

it.each([
  ['hangs', async () => proxy.block()],
  ['refuses', async () => proxy.cut()],
])(
  'a Kafka that %s: a start is 503 in time, is taken back whole, and works again after the outage',
  async (_, breakIt) => {
    const to = freshNumber();
    const headers = { 'idempotency-key': `k${to}` };
    const [recordsBefore, chargedBefore] = [await records(), await charged()];
    await breakIt();
    await refusedInTime(demo, { to }, headers);

    const [left, ...more] = [...(await records())].filter((key) => !recordsBefore.has(key));
    expect(more).toEqual([]);
    expect(await api.redis.hgetall(left!)).toEqual({ sc: '1', st: 'abandoned', ve: expect.any(String) });
    expect(await api.redis.pttl(left!)).toBeGreaterThan(0);
    expect([...(await charged())].filter((key) => !chargedBefore.has(key))).toEqual([]);
    const id = left!.slice(left!.lastIndexOf(':') + 1);
    expect((await demo.read(id)).status).toBe(404);

    await proxy.heal();
    const again = await startsAgain(demo, { to }, headers);
    expect(again.body).toMatchObject({ id, sent: true });
    await api.product.messages(to);
  },
);

it('starts that an outage refuses use up no limit of the tenant', async () => {
  proxy.block();
  for (let n = 0; n < 2; n++) {
    const answers = await Promise.all(
      Array.from({ length: 3 }, async () => refusedInTime(sparing, { to: freshNumber() })),
    );
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
  }
});

it('while Kafka is away codes are checked and verifications read; what happened arrives in Kafka after the outage, once', async () => {
  await startsAgain(demo, { to: freshNumber() });
  const wrongly = await demo.receive({ to: freshNumber() });
  const rightly = await demo.receive({ to: freshNumber() });
  const canceled = await demo.receive({ to: freshNumber() });
  const ids = [wrongly, rightly, canceled].map(({ id }) => id);
  const events = await collect([CHECK_TOPIC, OUTCOME_TOPIC], ids);
  await proxy.cut();

  const [wrong] = wrongCodes(1, wrongly.code);
  expect((await demo.check(wrongly.id, wrong!)).body).toMatchObject({ valid: false, checks_remaining: 4 });
  expect((await demo.check(rightly.id, rightly.code)).body.valid).toBe(true);
  expect((await demo.act('cancel', canceled.id)).body.status).toBe('canceled');
  expect((await demo.read(rightly.id)).body).toMatchObject({ status: 'approved', attempts: [{ state: 'accepted' }] });
  const waiting = (id: string) => api.redis.xlen(keys.outbox(bucketOfId(id)));
  for (const id of ids) expect(await waiting(id)).toBeGreaterThan(0);

  await proxy.heal();
  const seen = (topic: string, { id }: { id: string }) =>
    new Set(
      events()
        .filter((event) => event.topic === topic && event.key === id)
        .map(({ envelope }) => envelope.id),
    );
  await waitFor(
    () =>
      [wrongly, rightly].every((each) => seen(CHECK_TOPIC, each).size > 0) &&
      [rightly, canceled].every((each) => seen(OUTCOME_TOPIC, each).size > 0),
    {
      timeoutMs: RECOVERED_MS,
      what: 'the events of the outage',
    },
  );
  for (const id of ids)
    await waitFor(async () => (await waiting(id)) === 0, { timeoutMs: RECOVERED_MS, what: 'an empty outbox' });
  // a repeat has the same id, so that readers drop it
  for (const each of [wrongly, rightly]) expect(seen(CHECK_TOPIC, each).size).toBe(1);
  for (const each of [rightly, canceled]) expect(seen(OUTCOME_TOPIC, each).size).toBe(1);
  expect(seen(OUTCOME_TOPIC, wrongly).size).toBe(0);

  const after = await startsAgain(demo, { to: freshNumber() });
  expect(after.body.sent).toBe(true);
});

it('with strict_once a right code is approved once Kafka has it, and until then the same key asks again', async () => {
  await startsAgain(strict, { to: freshNumber() });
  const payment = await strict.receive({ to: freshNumber(), purpose: 'payment' });
  const login = await strict.receive({ to: freshNumber(), purpose: 'login' });
  const events = await collect([OUTCOME_TOPIC], [payment.id]);
  expect(await strict.check(payment.id, payment.code)).toMatchObject({
    status: 400,
    body: { code: 'idempotency_key_required' },
  });
  proxy.block();
  const key = { 'idempotency-key': `pay-${payment.id}` };
  for (let n = 0; n < 2; n++) {
    expect(await strict.check(payment.id, payment.code, key)).toMatchObject({
      status: 503,
      body: { code: 'approval_unconfirmed' },
    });
    expect(events()).toEqual([]);
  }
  expect((await strict.check(login.id, login.code)).body, 'of another purpose').toMatchObject({ valid: true });

  await proxy.heal();
  const answer = await waitFor(
    async () => {
      const again = await strict.check(payment.id, payment.code, key);
      return again.status === 200 && again;
    },
    { timeoutMs: RECOVERED_MS, intervalMs: 250, what: 'the approval' },
  );
  expect(answer.body).toMatchObject({ status: 'approved', valid: true });
  await waitFor(() => events().length > 0, { timeoutMs: RECOVERED_MS, what: 'its outcome in Kafka' });
  expect(new Set(events().map(({ envelope }) => envelope.id)).size, 'one event, however often it was shipped').toBe(1);
  const otherKey = await strict.check(payment.id, payment.code, { 'idempotency-key': `other-${payment.id}` });
  expect(otherKey.body).toMatchObject({ status: 'approved', valid: false });
});

/** Reads topics from their beginning, past the proxy, and keeps what is about `ids`. */
async function collect(topics: string[], ids: readonly string[]): Promise<() => readonly IncomingEvent[]> {
  const prefix = api.product.topicPrefix;
  const bus = createBus(
    { brokers: inject('kafkaBrokers'), clientId: 'witness', topicPrefix: prefix, groupPrefix: prefix },
    { log: pino({ level: 'silent' }) },
  );
  onTestFinished(async () => bus.close(2_000));
  const kept: IncomingEvent[] = [];
  const subscription = await bus.subscribe({
    group: 'witness',
    topics,
    handle: async (event) => {
      if (ids.includes(event.key)) kept.push(event);
    },
  });
  await subscription.joined();
  return () => kept;
}
