import { createPublicKey, randomUUID } from 'node:crypto';
import type { IngressResultEvent, JwkSet } from '@watchword/contracts';
import { CompactEncrypt, importJWK } from 'jose';
import { connectGivenRedis, keysOf, waitFor } from '@watchword/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { connectPlatform, encryptTo, makeIngressKey, type Emitted, type Platform } from '../platform.ts';
import { createSecretScanner } from '../secret-scanner.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { kafkaTraces, redisTraces } from '../traces.ts';
import { hurry, readMetric, submissionsTo, watchEvents, type EventWatch } from '../watch-product.ts';

const RESULTS = 'otp.ingress-result.v1';
/** For one record, on a machine with other work. */
const PATIENCE_MS = 45_000;
/** What the tests before the last one emit at least. */
const RECORDS_MIN = 30;
const TOPIC = 'otp.ingress.v1.demo';
/** Of a tenant that may write addresses in clear, and to Germany only. */
const CLEAR_TOPIC = 'clear-otps';
const OTHERS = `  - id: clear
    name: Clear
    brand: Clear
    api_keys: [{ id: dev, sha256: ${'a'.repeat(64)} }]
    channels: [sms]
    countries: [DE]
    limits: { recipient: { sends_per_10_minutes: 1 } }
    ingress: { topic: ${CLEAR_TOPIC}, clear_recipients: true }
`;

let product: Product;
let events: EventWatch;
let platform: Platform;
let keys: JwkSet['keys'];
/** Every address that was emitted, in whatever form. */
const addresses = new Set<string>();
beforeAll(async () => {
  product = await startProduct(
    (yaml) =>
      yaml
        .replace('keys:\n', 'keys:\n  ingress: { current: e1, keys: { e1: "${env:EC}", r1: "${env:RSA}" } }\n')
        .replace('tenants:\n', `tenants:\n${OTHERS}`)
        .replace('    brand: Watchword\n', '    brand: Watchword\n    ingress: {}\n')
        .replace('providers:', 'limits: { wide: { number_prefix_per_10_minutes: 0 } }\nproviders:'),
    { env: { EC: makeIngressKey('ec'), RSA: makeIngressKey('rsa') } },
  );
  events = await watchEvents(product);
  platform = await connectPlatform(product);
  keys = (await product.call<JwkSet>('GET', '/.well-known/jwks.json', undefined, { authorization: '' })).body.keys;
  await hurry(product, ...Object.values(SIMULATED).flat());
});
afterAll(async () => {
  await platform.stop();
  await events.stop();
  await product.stop();
});

/** An address of nobody, and how it goes into a record. */
async function freshAddress(key = keys[0]!, address = freshNumber()): Promise<{ to: string; jwe: string }> {
  addresses.add(address);
  return { to: address, jwe: await encryptTo(key, address) };
}

const freshName = (): string => randomUUID();

/** Emits a record under a key of its own and waits for its result. */
async function tell(value: Emitted['value'], { topic = TOPIC, reference = freshName(), headers = {} } = {}) {
  const name = `${topic === TOPIC ? 'demo' : 'clear'}|${reference}`;
  const before = events.of(RESULTS, name).length;
  await platform.emit(topic, { value, headers: { 'idempotency-key': reference, ...headers } });
  const told = (): boolean => events.of(RESULTS, name).length > before;
  await waitFor(told, { timeoutMs: PATIENCE_MS, what: 'a result' });
  return events.of(RESULTS, name).at(-1)!.data;
}

const withId = (result: IngressResultEvent): string => result.verification_id!;

describe('a request that a platform emits', () => {
  it.each(['EC', 'RSA'])(
    'encrypted to the %s key of the JWK set: its code reaches the person and is approved',
    async (kty) => {
      const { to, jwe } = await freshAddress(keys.find((key) => key.kty === kty));
      const result = await tell({ to: jwe, channel: 'sms', client_reference: 'order-7' });
      expect(result).toMatchObject({
        tenant: 'demo',
        outcome: 'accepted',
        status: 'pending',
        channel: 'sms',
        sent: true,
        client_reference: 'order-7',
        record: { topic: TOPIC },
      });
      expect(result.expires_at! - result.record.timestamp).toBeGreaterThan(590_000);
      const [message] = await product.messages(to);
      expect((await product.check(withId(result), codeIn(message!.text))).body).toMatchObject({ valid: true });
    },
  );

  it('may be a workflow of several addresses, each encrypted by itself', async () => {
    const phone = await freshAddress();
    const mail = await freshAddress(keys[0], `person${randomUUID()}@example.com`);
    const result = await tell({
      workflow: [
        { channel: 'sms', to: phone.jwe },
        { channel: 'email', to: mail.jwe },
      ],
    });
    await product.messages(phone.to);
    expect((await product.call('POST', `/v1/verifications/${withId(result)}/next`)).status).toBe(202);
    const [message] = await product.messages(mail.to);
    expect((await product.check(withId(result), codeIn(message!.text))).body.valid).toBe(true);
  });

  it('may be in clear where the tenant is configured so', async () => {
    const to = freshNumber();
    addresses.add(to);
    expect(await tell({ to }, { topic: CLEAR_TOPIC })).toMatchObject({ tenant: 'clear', outcome: 'accepted' });
    await product.messages(to);
  });

  it('is named by a CloudEvent’s source and id too, and by nothing where it has no name', async () => {
    const { to, jwe } = await freshAddress();
    const headers = { ce_specversion: '1.0', ce_id: '1', ce_source: '/shop', ce_type: 'login' };
    await platform.emit(TOPIC, { value: { to: jwe }, headers }, { value: { to: jwe }, headers });
    const [first, second] = await events.until(RESULTS, 'demo|/shop 1', 2);
    expect(withId(second!.data)).toBe(withId(first!.data));
    await product.messages(to);

    const other = await freshAddress();
    const before = await readMetric(product, 'watchword_ingress_records_total');
    await platform.emit(TOPIC, { key: 'k', value: { to: other.jwe } });
    await product.messages(other.to);
    await expect.poll(async () => readMetric(product, 'watchword_ingress_records_total')).toBe(before + 1);
  });

  it('hands its trace on, to the request and to the result', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { jwe } = await freshAddress();
    const result = await tell({ to: jwe }, { headers: { traceparent } });
    const [request] = await events.until('otp.request.v1', withId(result), 1);
    expect(request!.data.traceparent).toBe(traceparent);
    const records = await kafkaTraces(product, (all) => all.some(({ text }) => text.includes(withId(result))), [
      RESULTS,
    ]);
    expect(records.find(({ text }) => text.includes(withId(result)))!.text).toContain(`traceparent\n${traceparent}`);
  });
});

describe('repeats', () => {
  it('the same record five times: one message, five results that say the same', async () => {
    const { to, jwe } = await freshAddress();
    const reference = randomUUID();
    const record = { value: { to: jwe }, headers: { 'idempotency-key': reference } };
    await platform.emit(TOPIC, record, record, record, record, record);
    const results = await events.until(RESULTS, `demo|${reference}`, 5);
    expect(new Set(results.map(({ id }) => id)).size).toBe(5);
    expect(new Set(results.map(({ data }) => JSON.stringify({ ...data, record: undefined }))).size).toBe(1);
    await product.messages(to);
    expect(await submissionsTo(product, to)).toHaveLength(1);
  });

  it('the address encrypted anew each time makes no other request', async () => {
    const { to, jwe } = await freshAddress();
    const again = await encryptTo(keys[1]!, to);
    const reference = randomUUID();
    const [first, second] = [await tell({ to: jwe }, { reference }), await tell({ to: again }, { reference })];
    expect(second).toEqual({ ...first, record: second.record });
  });

  it('by HTTP and by Kafka with one key are one request, whatever the order of its fields', async () => {
    const { to, jwe } = await freshAddress();
    const reference = randomUUID();
    const started = await product.start({ to, purpose: 'login' }, { 'idempotency-key': reference });
    expect(await tell({ to: jwe, purpose: 'login' }, { reference })).toMatchObject({
      outcome: 'accepted',
      verification_id: started.body.id,
      sent: true,
    });
    expect(await tell({ to: jwe, purpose: 'pay' }, { reference })).toMatchObject({ code: 'idempotency_key_reused' });

    const other = await freshAddress();
    const second = randomUUID();
    const result = await tell({ to: other.jwe, purpose: 'login' }, { reference: second });
    const repeated = await product.start({ purpose: 'login', to: other.to }, { 'idempotency-key': second });
    expect(repeated).toMatchObject({ status: 202, body: { id: withId(result) } });
    expect(repeated.headers.get('idempotency-replayed')).toBe('true');
  });
});

describe('a record that is rejected says why', () => {
  const other = makeIngressKey('ec');
  const encrypt = async (alg: string, enc: string, key: JwkSet['keys'][number], header: object = {}) =>
    new CompactEncrypt(new TextEncoder().encode('+4915112345678'))
      .setProtectedHeader({ alg, enc, ...header })
      .encrypt(await importJWK(key, alg));

  it.each<[string, Emitted['value']]>([
    ['no JSON', '{"to":'],
    ['a list', '[]'],
    ['nothing', null],
  ])('%s', async (_what, value) => {
    const rejected = await tell(value);
    expect(rejected).toMatchObject({
      outcome: 'rejected',
      code: 'invalid_request',
      detail: 'The value is no JSON object.',
    });
  });

  it('another shape, field by field as over HTTP', async () => {
    const { jwe, to } = await freshAddress();
    const wrong = { code_length: 3, colour: 'red', channel: 'fax' };
    const rejected = await tell({ to: jwe, ...wrong });
    const { body } = await product.start({ to, ...wrong });
    expect(rejected).toMatchObject({ code: 'invalid_request', detail: body.detail, errors: body.errors });
  });

  it('too large', async () => {
    expect(await tell({ to: 'x'.repeat(70_000) })).toMatchObject({ code: 'too_large' });
  });

  it('a name that is too long', async () => {
    const reference = 'r'.repeat(256);
    const { jwe } = await freshAddress();
    const before = await readMetric(product, 'watchword_ingress_records_total', { code: 'invalid_request' });
    await platform.emit(TOPIC, { value: { to: jwe }, headers: { 'idempotency-key': reference } });
    await expect
      .poll(async () => readMetric(product, 'watchword_ingress_records_total', { code: 'invalid_request' }))
      .toBe(before + 1);
    expect(events.of(RESULTS, `demo|${reference}`)).toEqual([]);
  });

  it('an address in clear where that is not allowed', async () => {
    const to = freshNumber();
    addresses.add(to);
    expect(await tell({ to })).toMatchObject({ code: 'clear_recipient', errors: [{ path: 'to' }] });
    expect(await tell({ workflow: ['sms', { channel: 'sms', to }] })).toMatchObject({
      code: 'clear_recipient',
      errors: [{ path: 'workflow[1].to' }],
    });
    expect(await submissionsTo(product, to)).toEqual([]);
  });

  it('an address that no key opens, or by another algorithm than those that are published', async () => {
    const foreign = createPublicKey(other).export({ format: 'jwk' }) as never;
    const [ec, rsa] = [keys.find(({ kty }) => kty === 'EC')!, keys.find(({ kty }) => kty === 'RSA')!];
    const { jwe } = await freshAddress();
    const spoilt = jwe.replace(/.(?=.{10}$)/, (letter) => (letter === 'A' ? 'B' : 'A'));
    for (const to of [
      await encrypt('ECDH-ES+A256KW', 'A256GCM', foreign, { kid: 'e1' }),
      await encrypt('ECDH-ES+A256KW', 'A256GCM', foreign),
      await encrypt('ECDH-ES+A256KW', 'A256GCM', ec, { kid: 'e9' }),
      await encrypt('ECDH-ES+A256KW', 'A128GCM', ec),
      await encrypt('ECDH-ES', 'A256GCM', ec),
      await encrypt('RSA-OAEP-512', 'A256GCM', rsa),
      await encrypt('ECDH-ES+A256KW', 'A256GCM', ec, { zip: 'DEF' }),
      spoilt,
      'eyJ9.a.b.c.d',
    ]) {
      expect(await tell({ to })).toMatchObject({ code: 'unreadable_recipient', errors: [{ path: 'to' }] });
    }
  });

  it('the tenant’s policy: channel, country, address', async () => {
    const { jwe } = await freshAddress();
    expect(await tell({ to: jwe, channel: 'voice' }, { topic: CLEAR_TOPIC })).toMatchObject({
      code: 'channel_not_allowed',
      errors: [{ path: 'channel' }],
    });
    expect(await tell({ to: '+33612345678' }, { topic: CLEAR_TOPIC })).toMatchObject({ code: 'country_not_allowed' });
    const nobody = await encryptTo(keys[0]!, '+49151');
    expect(await tell({ to: nobody })).toMatchObject({ outcome: 'rejected', errors: [{ path: 'to' }] });
  });

  it('a limit, with the time to come back; under the same name a later record may pass', async () => {
    const to = freshNumber();
    addresses.add(to);
    expect(await tell({ to }, { topic: CLEAR_TOPIC })).toMatchObject({ outcome: 'accepted' });
    const reference = randomUUID();
    const refused = await tell({ to, purpose: 'pay' }, { topic: CLEAR_TOPIC, reference });
    expect(refused).toMatchObject({ code: 'rate_limited' });
    expect(refused.retry_after_ms).toBeGreaterThan(0);
    const redis = connectGivenRedis(inject('redis'));
    const sends = await keysOf(redis, `*${product.namespace}*:s:*`);
    await Promise.all(sends.map(async (key) => redis.del(key)));
    redis.disconnect();
    expect(await tell({ to, purpose: 'pay' }, { topic: CLEAR_TOPIC, reference })).toMatchObject({
      outcome: 'accepted',
    });
  });
});

it('no address in clear is anywhere but in the topic it was emitted to, and nothing is dead', async () => {
  const redis = connectGivenRedis(inject('redis'));
  const found = await keysOf(redis, `*${product.namespace}*`);
  const kafka = await kafkaTraces(
    product,
    (records) => records.filter(({ topic }) => topic === RESULTS).length > RECORDS_MIN,
  );
  const scan = createSecretScanner({ codes: new Set(), addresses });
  expect(addresses.size).toBeGreaterThan(10);
  expect(scan(await redisTraces(redis, found))).toEqual([]);
  expect(scan(kafka)).toEqual([]);
  expect(scan([{ where: 'the log', text: product.logged() }])).toEqual([]);
  redis.disconnect();
  expect(await readMetric(product, 'watchword_bus_dead_letters_total')).toBe(0);
});
