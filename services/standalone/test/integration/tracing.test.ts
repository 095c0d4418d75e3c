import { startTraceCollector, waitFor, type CollectedSpan, type TraceCollector } from '@watchword/testkit';
import { connectGivenRedis, freePort } from '@watchword/testkit';
import { createKeys } from '@watchword/verification';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { createSecretScanner } from '../secret-scanner.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { kafkaTraces } from '../traces.ts';
import { hurry, readMetric } from '../watch-product.ts';

const LOGIN = 'Bearer collectors-own';
const CALLER_SPAN = '00f067aa0ba902b7';
/** On a machine with other work. */
const PATIENCE_MS = 30_000;

let traces = 0;
/** A caller's context, of a trace that no other test has. */
function freshCaller(sampled = true): { traceparent: string; traceId: string } {
  traces += 1;
  const traceId = `${Date.now().toString(16)}${traces.toString(16)}`.padStart(32, 'a');
  return { traceId, traceparent: `00-${traceId}-${CALLER_SPAN}-${sampled ? '01' : '00'}` };
}

/** Callers decide: the product begins no trace by itself. */
function tracedTo(url: string): (yaml: string) => string {
  const tracing = `tracing: { otlp: { url: "${url}", headers: { authorization: "\${env:OTLP}" } }, sample: 0 }`;
  return (yaml) => yaml.replace('providers:', `defaults: { resend_cooldown_seconds: 0 }\n${tracing}\nproviders:`);
}

let collector: TraceCollector;
let product: Product;
beforeAll(async () => {
  collector = await startTraceCollector();
  product = await startProduct(tracedTo(collector.url), { env: { OTLP: LOGIN } });
  await hurry(product, ...Object.values(SIMULATED).flat());
});
afterAll(async () => {
  await product.stop();
  await collector.stop();
});

function spansOf(traceId: string): CollectedSpan[] {
  return collector.spans().filter((span) => span.traceId === traceId);
}

/** Waits for spans of these names in a trace, so many as they are named. */
async function spansNamed(traceId: string, ...names: string[]): Promise<CollectedSpan[]> {
  const found = (): CollectedSpan[] => {
    const left = spansOf(traceId);
    return names.flatMap((name) => {
      const at = left.findIndex((span) => span.name === name);
      return at < 0 ? [] : left.splice(at, 1);
    });
  };
  await waitFor(() => found().length === names.length, { timeoutMs: PATIENCE_MS, what: `the spans ${names.join()}` });
  return found();
}

/** A span's name and those of all above it, up to the caller's. */
function pathTo(span: CollectedSpan): string[] {
  const parent = collector.spans().find(({ spanId }) => spanId === span.parentId);
  const above = parent ? pathTo(parent) : [span.parentId === CALLER_SPAN ? 'the caller' : 'nobody'];
  return [...above, span.name];
}

/** A span may come before those above it, which end later. */
async function expectPath(span: CollectedSpan, path: readonly string[]): Promise<void> {
  await expect.poll(() => pathTo(span), { timeout: PATIENCE_MS }).toEqual(path);
}

/** Starts, reads the message, checks the code in it. */
async function oneOtp(headers: Record<string, string>): Promise<{ id: string; to: string; code: string }> {
  const to = freshNumber();
  const started = await product.start({ to, channel: 'sms' }, headers);
  expect(started.status).toBe(202);
  const [message] = await product.messages(to);
  const code = codeIn(message!.text);
  return { id: started.body.id, to, code };
}

const START = ['the caller', 'POST /v1/verifications'];
const REQUESTED = [...START, 'send otp.request.v1', 'process otp.request.v1'];

describe('an OTP whose caller traces', () => {
  it('is one trace from the request to the call of the provider, its receipt and the check', async () => {
    const { traceId, traceparent } = freshCaller();
    const { id, code } = await oneOtp({ traceparent });
    await spansNamed(traceId, 'process otp.receipt.v1');
    expect((await product.check(id, code)).body).toMatchObject({ status: 'approved' });
    const [start] = await spansNamed(traceId, 'POST /v1/verifications');
    const named = async (name: string): Promise<CollectedSpan> => (await spansNamed(traceId, name))[0]!;

    const submit = await named('submit sms');
    const job = [...REQUESTED, 'advance', 'send deliver-sms', 'process deliver-sms'];
    await expectPath(submit, [...job, 'submit sms']);
    expect(submit).toMatchObject({ kind: 'client', failed: false, scope: 'watchword.delivery' });
    expect(submit.attributes).toEqual({
      'watchword.verification.id': id,
      'watchword.attempt.id': `${id}.1`,
      'watchword.channel': 'sms',
      'watchword.provider': expect.any(String),
      'watchword.outcome': 'accepted',
    });
    await expectPath(await named('send otp.attempt.v1'), [...job, 'send otp.attempt.v1']);
    const receipt = [...START, 'take receipt', 'send otp.receipt.v1', 'process otp.receipt.v1'];
    await expectPath(await named('process otp.receipt.v1'), receipt);
    const check = await named('check code');
    expect(check).toMatchObject({ parentId: start!.spanId, attributes: { 'watchword.outcome': 'approved' } });
    for (const event of ['send otp.check.v1', 'send otp.outcome.v1']) {
      await expectPath(await named(event), [...START, 'check code', event]);
    }
    const scopes = new Set(spansOf(traceId).map(({ scope }) => scope));
    for (const part of ['http', 'bus', 'dispatcher', 'delivery', 'receipts', 'verify']) {
      expect(scopes).toContain(`watchword.${part}`);
    }
    expect(spansOf(traceId).filter(({ failed }) => failed)).toEqual([]);
    expect(collector.headers().authorization).toBe(LOGIN);
  });

  it('is still the same trace when somebody asks again later, and a call that is traced itself is linked', async () => {
    const { traceId, traceparent } = freshCaller();
    const { id, to } = await oneOtp({ traceparent });
    const asking = freshCaller();
    const again = await product.call('POST', `/v1/verifications/${id}/resend`, undefined, {
      traceparent: asking.traceparent,
    });
    expect(again.status).toBe(202);
    await product.messages(to, 2);
    const submits = await spansNamed(traceId, 'submit sms', 'submit sms');
    expect(new Set(submits.map(({ attributes }) => attributes['watchword.attempt.id']))).toEqual(
      new Set([`${id}.1`, `${id}.2`]),
    );
    // the second is moved by a deadline, without any message that could carry a trace
    const moves = (): CollectedSpan[] =>
      spansOf(traceId).filter(({ attributes }) => attributes['watchword.trigger'] === 'deadline');
    await expect.poll(() => moves().map(pathTo), { timeout: PATIENCE_MS }).toContainEqual([...START, 'advance']);
    const [resend] = await spansNamed(traceId, 'resend');
    const [call] = await spansNamed(asking.traceId, 'POST /v1/verifications/:id/resend');
    await expectPath(resend!, [...START, 'resend']);
    expect(resend!.links).toEqual([{ traceId: asking.traceId, spanId: call!.spanId }]);
  });

  it('tells how it was canceled', async () => {
    const { traceId, traceparent } = freshCaller();
    const { id } = await oneOtp({ traceparent });
    expect((await product.call('POST', `/v1/verifications/${id}/cancel`)).status).toBe(200);
    const [event] = await spansNamed(traceId, 'send otp.outcome.v1');
    await expectPath(event!, [...START, 'cancel', 'send otp.outcome.v1']);
  });
});

it('one that is not sampled makes no span and leaves no trace in Redis or Kafka', async () => {
  const { traceId, traceparent } = freshCaller(false);
  const own = await oneOtp({ traceparent });
  const none = await oneOtp({});
  const redis = connectGivenRedis(inject('redis'));
  const records = [own, none].map(({ id }) => createKeys(product.namespace).record(id));
  try {
    for (const record of records) {
      expect(await redis.hget(record, 'q0')).not.toContain('trace');
      expect(await redis.hexists(record, 'tp')).toBe(0);
    }
    for (const { id, code } of [own, none]) expect((await product.check(id, code)).status).toBe(200);
    for (const record of records) expect(await redis.hexists(record, 'tp')).toBe(0);
  } finally {
    redis.disconnect();
  }
  const ended = (id: string) => (all: readonly { topic: string; key: string }[]) =>
    all.some(({ topic, key }) => topic === 'otp.outcome.v1' && key === id);
  const events = await kafkaTraces(product, (all) => ended(own.id)(all) && ended(none.id)(all));
  const ours = events.filter(({ key }) => key === own.id || key === none.id);
  expect(ours.length).toBeGreaterThanOrEqual(8);
  expect(ours.filter(({ text }) => /trace/.test(text))).toEqual([]);
  // what is sent after them has come: they would have come, too
  const later = freshCaller();
  await oneOtp({ traceparent: later.traceparent });
  await spansNamed(later.traceId, 'submit sms');
  expect(spansOf(traceId)).toEqual([]);
  for (const { id } of [own, none]) expect(collector.bodies().join()).not.toContain(id);
});

it('a trace that Redis keeps is one field, of a record and of its tombstone', async () => {
  const { traceId, traceparent } = freshCaller();
  const { id, code } = await oneOtp({ traceparent });
  const [start] = await spansNamed(traceId, 'POST /v1/verifications');
  const redis = connectGivenRedis(inject('redis'));
  try {
    const record = createKeys(product.namespace).record(id);
    const kept = `00-${traceId}-${start!.spanId}-01`;
    const fields = async (): Promise<string[]> =>
      Object.entries(await redis.hgetall(record)).flatMap(([field, value]) => (value.includes(traceId) ? [field] : []));
    expect([await fields(), await redis.hget(record, 'tp')]).toEqual([['tp'], kept]);
    await product.check(id, code);
    expect([await fields(), await redis.hget(record, 'tp')]).toEqual([['tp'], kept]);
  } finally {
    redis.disconnect();
  }
});

it('no span holds a code, an address, an API key, a webhook’s signature or a text', async () => {
  const { traceId, traceparent } = freshCaller();
  const person = await oneOtp({ traceparent });
  await product.check(person.id, '000000');
  await product.check(person.id, person.code);
  const mailbox = `person${Math.random().toString(36).slice(2)}@example.com`;
  for (const [to, channel] of [
    [mailbox, 'email'],
    [freshNumber(), 'voice'],
  ] as const) {
    await product.start({ to, channel }, { traceparent });
    const [message] = await product.messages(to);
    const scan = createSecretScanner({ codes: new Set([codeIn(message!.text)]), addresses: new Set([to]) });
    await spansNamed(traceId, `submit ${channel}`);
    expect(scan(collector.bodies().map((text) => ({ where: 'an export', text })))).toEqual([]);
  }
  await spansNamed(traceId, 'submit sms', 'submit email', 'submit voice');
  const scan = createSecretScanner({ codes: new Set([person.code]), addresses: new Set([person.to]) });
  const exported = collector.bodies().map((text) => ({ where: 'an export', text }));
  expect(exported.length).toBeGreaterThan(1);
  expect(scan(exported)).toEqual([]);
  expect(scan([{ where: 'planted', text: `{"stringValue":"${person.to}"}` }])).toHaveLength(1);
  const all = exported.map(({ text }) => text).join('\n');
  for (const word of [product.apiKey, 'Bearer', 'Watchword', '/webhooks/sms', '?']) expect(all).not.toContain(word);
  expect(product.logged()).not.toContain(LOGIN);
});

it('a collector that is away harms nothing: codes come, checks are answered, it is told once, what is lost is counted', async () => {
  const away = await startProduct(tracedTo(`http://127.0.0.1:${await freePort()}/v1/traces`), { env: { OTLP: LOGIN } });
  try {
    for (let n = 0; n < 3; n++) {
      const to = freshNumber();
      const { traceparent } = freshCaller();
      const started = await away.start({ to, channel: 'sms' }, { traceparent });
      expect(started.status).toBe(202);
      const [message] = await away.messages(to);
      expect((await away.check(started.body.id, codeIn(message!.text))).body).toMatchObject({ status: 'approved' });
    }
    const lost = async (): Promise<boolean> =>
      (await readMetric(away, 'watchword_trace_spans_total', { outcome: 'failed' })) > 0;
    await waitFor(lost, { timeoutMs: PATIENCE_MS, what: 'spans that are counted as lost' });
    expect(away.logged().split('the collector does not take traces')).toHaveLength(2);
  } finally {
    await away.stop();
  }
});
