import { createBus, type Bus } from '@watchword/bus';
import {
  CONTROL_TOPIC,
  EVENTS,
  RECEIPT_TOPIC,
  REQUEST_TOPIC,
  controlKey,
  createVerificationId,
} from '@watchword/contracts';
import { connectGivenRedis, keysOf, waitFor } from '@watchword/testkit';
import { createKeys } from '@watchword/verification';
import type { Cluster, Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { listDead, runCli, runCliProcess, type ListedLetter } from '../run-cli.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { submissionsTo, untilAttempts, untilMetric, untilView } from '../watch-product.ts';

const DEAD_RECEIPTS = 'otp.receipt.v1.dispatcher.dead';
const DEAD_CALLS = 'deliver-voice.delivery.dead';
const QUEUE = 'deliver-voice';

/** A step of a workflow runs out in one of them, and a recovery waits for what may be under way. */
vi.setConfig({ testTimeout: 120_000 });

let product: Product;
let bus: Bus;
let redis: Redis | Cluster;
beforeAll(async () => {
  product = await startProduct();
  const prefix = product.topicPrefix;
  bus = createBus(
    { brokers: inject('kafkaBrokers'), clientId: 'poisoner', topicPrefix: prefix, groupPrefix: prefix },
    { log: pino({ level: 'silent' }) },
  );
  redis = connectGivenRedis(inject('redis'));
});
afterAll(async () => {
  redis.disconnect();
  await bus.close(2_000);
  await product.stop();
});

const cli = async (...args: string[]) => runCli(product.environment, ...args);
const list = async (...args: string[]) => listDead(product.environment, ...args);

async function untilListed(what: (letter: ListedLetter) => boolean): Promise<ListedLetter> {
  return waitFor(async () => (await list()).find(what), { timeoutMs: 30_000, what: 'a dead letter', intervalMs: 300 });
}

const envelopeOf = (topic: typeof RECEIPT_TOPIC | typeof REQUEST_TOPIC, subject: string) => ({
  ce_specversion: '1.0',
  ce_id: `${subject}.poison`,
  ce_type: EVENTS[topic].type,
  ce_source: 'poisoner',
  ce_subject: subject,
  ce_time: new Date().toISOString(),
});

describe('a record that nobody can parse', () => {
  it('holds up nobody, is listed with its reason and not with its content, and comes back as long as it is unfit', async () => {
    const key = createVerificationId({ region: 'a', bucket: 9 });
    const headers = { ...envelopeOf(RECEIPT_TOPIC, key), 'x-own': 'kept' };
    await bus.publishRecord({ topic: RECEIPT_TOPIC, key, value: '{"to":"+491701234567"', headers });
    const letter = await untilListed(({ verification_id: id }) => id === key);
    expect(letter).toMatchObject({ kind: 'record', topic: DEAD_RECEIPTS, reason: 'not JSON', replayable: true });
    expect(letter.origin).toMatch(/^otp\.receipt\.v1 \d+@\d+$/);
    const table = await cli('dead', 'list', '--topic', DEAD_RECEIPTS);
    expect(table.output).toContain(letter.ref);
    expect(table.output).not.toContain('491701234567');
    expect((await cli('dead', 'show', letter.ref)).output).toContain('"+491701234567"');

    expect(await cli('dead', 'replay', letter.ref)).toMatchObject({ code: 0 });
    const again = await untilListed(({ verification_id: id, ref }) => id === key && ref !== letter.ref);
    expect((await list()).map(({ ref }) => ref)).not.toContain(letter.ref);
    const shown = (await cli('dead', 'show', again.ref, '--json')).output;
    expect((JSON.parse(shown) as { headers: object }).headers).toMatchObject(headers);
    expect(await cli('dead', 'replay', letter.ref)).toMatchObject({ code: 1 });
  });

  it('and that would control routing is skipped, counted and shown, and those beside it count', async () => {
    const key = controlKey({ country: 'DE' });
    const headers = { ce_specversion: '1.0' };
    await bus.publishRecord({ topic: CONTROL_TOPIC, key, value: '{"pin":"south"}', headers });
    await untilMetric(product, 'watchword_bus_read_total', { topic: CONTROL_TOPIC, outcome: 'skipped' }, 1);
    expect(await cli('control', 'set', '--country', 'FR', '--pin', 'south')).toMatchObject({ code: 0 });
    await untilMetric(product, 'watchword_controls', {}, 1);
    expect((await cli('control', 'list')).output).toMatch(/route\|\*\|DE\|\* cannot be read.*\n.*\n.*FR.*pin south/);
    expect(await cli('control', 'unset', '--country', 'DE')).toMatchObject({ code: 0 });
    expect((await cli('control', 'list')).output).not.toContain('cannot be read');
  });

  it('and that an earlier version could not read is handled once it is put back', async () => {
    const to = freshNumber();
    const { body } = await product.start({ to, channel: 'sms' });
    await product.messages(to);
    await untilView(product, body.id, 'a receipt', ({ attempts }) => attempts[0]?.receipt === 'delivered');
    await untilAttempts(product, body.id, 1);
    // as the dispatcher of an earlier version would have buried a request of ours
    const headers = { 'x-reason': 'unknown', 'x-original-topic': REQUEST_TOPIC, 'x-original-partition': '0' };
    const { value, envelope } = await requestOf(body.id);
    await bus.publishRecord({
      topic: `${REQUEST_TOPIC}.dispatcher.dead`,
      key: body.id,
      value,
      headers: { ...envelope, ...headers, 'x-original-offset': '1' },
    });
    const letter = await untilListed(({ verification_id: id }) => id === body.id);
    const before = await count('messaging_client_consumed_messages_total', REQUEST_TOPIC);
    expect((await cli('dead', 'replay', '--all', '--topic', letter.topic)).output).toContain(`${letter.ref} → `);
    await waitFor(async () => (await count('messaging_client_consumed_messages_total', REQUEST_TOPIC)) > before, {
      timeoutMs: 15_000,
      what: 'the request to be handled again',
    });
    expect(await list('--topic', letter.topic)).toEqual([]);
    expect(await product.inbox(to), 'a repeat of a request sends nothing').toHaveLength(1);
  });
});

describe('a job that no try can carry out', () => {
  it('is buried with its reason, what was sent before stays good, and a replay of a send that is over does nothing', async () => {
    const to = freshNumber();
    const { body } = await product.start({ to, workflow: [{ channel: 'sms', timeout_seconds: 15 }, 'voice'] });
    const [message] = await product.messages(to);
    await untilAttempts(product, body.id, 1);
    await breakSeal(body.id);
    // the step's deadline orders the call
    const letter = await untilListed(({ verification_id: id }) => id === body.id);
    expect(letter).toMatchObject({ kind: 'job', topic: DEAD_CALLS, origin: QUEUE, reason: 'OTP_SEAL_BROKEN' });
    const replayed = await cli('dead', 'replay', letter.ref);
    expect(replayed).toMatchObject({ code: 0, output: expect.stringContaining('nothing is sent') });
    await waitFor(async () => (await jobsOf(body.id)).length === 0, {
      timeoutMs: 10_000,
      what: 'the job to be done with',
    });
    expect((await list('--topic', DEAD_CALLS)).filter(({ verification_id: id }) => id === body.id)).toEqual([]);
    expect(await submissionsTo(product, to)).toHaveLength(1);
    expect((await product.check(body.id, codeIn(message!.text))).body.valid).toBe(true);
  });

  it('and that is none of ours is listed by the kinds of what is in it, and cannot be put back', async () => {
    const base = `{${product.namespace}${QUEUE}-0}:${QUEUE}:`;
    await redis.hset(`${base}foreign`, {
      name: 'x',
      data: '{"to":"+491701234567","send":1}',
      opts: '{}',
      timestamp: 1,
    });
    await redis.hset(`${base}foreign`, { delay: 0, priority: 0, atm: 0, ats: 0 });
    await redis.lpush(`${base}wait`, 'foreign');
    await redis.zadd(`${base}marker`, 0, '0');
    const letter = await untilListed(({ topic, reason }) => topic === DEAD_CALLS && reason === 'unparsable');
    expect(letter).toMatchObject({ kind: 'job', verification_id: null, replayable: false });
    expect((await cli('dead', 'show', letter.ref)).output).toContain('"to": "text of 13 characters"');
    const { code, output } = await cli('dead', 'replay', letter.ref);
    expect(code).toBe(1);
    expect(output).toContain('its verification orders its send again by itself');
  });
});

describe('an event that no version could compose', () => {
  it('is listed from its quarantine and put back into its outbox', async () => {
    const id = createVerificationId({ region: 'a', bucket: 0x2a });
    const keys = createKeys(product.namespace);
    const fields = ['kind', 'spell', 'id', id, 'event', `${id}.1.x`, 'version', '1', 'at', '1000', 'owner', 'nobody'];
    await redis.xadd(keys.quarantine(0x2a), '*', ...fields);
    const letter = await untilListed(({ verification_id }) => verification_id === id);
    expect(letter).toMatchObject({
      kind: 'event',
      topic: 'quarantine',
      origin: 'outbox 2a',
      reason: 'cannot be composed (TypeError)',
    });
    expect((await cli('dead', 'show', letter.ref)).output).toContain('"kind": "spell"');
    expect(await cli('dead', 'replay', letter.ref)).toMatchObject({ code: 0 });
    expect((await redis.xrange(keys.outbox(0x2a), '-', '+')).map(([, kept]) => kept)).toEqual([fields]);
    expect(await list('--topic', 'quarantine')).toEqual([]);
    await redis.del(keys.outbox(0x2a));
  });
});

describe('the command', () => {
  it('asks for a recovery by hand, says what was read and what cannot be, and changes nothing where nothing is lost', async () => {
    const to = freshNumber();
    const { body } = await product.start({ to, channel: 'sms' });
    const [message] = await product.messages(to);
    await untilAttempts(product, body.id, 1);
    const { code, output } = await cli('recover', '--since', '10m', '--yes');
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/Recovered: [1-9]\d* events/) });
    // by the first test
    expect(output).toMatch(/[1-9]\d* more could not be read/);
    expect(await submissionsTo(product, to)).toHaveLength(1);
    expect((await product.check(body.id, codeIn(message!.text))).body.valid).toBe(true);
  });

  it('takes a topic that this deployment cannot have for a slip', async () => {
    const { code, output } = await runCliProcess(product.environment, 'dead', 'list', '--topic', 'otp.reciept.v1.dead');
    expect(code).toBe(2);
    expect(output).toContain(`\n  ${DEAD_RECEIPTS}\n`);
  });

  it('names a ref that is none, and one that is not there', async () => {
    expect(await cli('dead', 'replay', 'something')).toMatchObject({ code: 2 });
    const absent = `${DEAD_RECEIPTS}/0/999999`;
    const { code, output } = await cli('dead', 'replay', absent);
    expect(code).toBe(1);
    expect(output).toContain(`${absent} is not there`);
  });

  it('says in one sentence that Redis is away', async () => {
    const { code, output } = await runCliProcess(
      { ...product.environment, REDIS_URL: 'redis://127.0.0.1:1', REDIS_NODES: '127.0.0.1:1' },
      'dead',
      'list',
    );
    expect(code).toBe(1);
    expect(output).toMatch(
      /^Redis \(watchword-cli\) is not ready: (ECONNREFUSED|the connection was refused or closed)\.\n$/,
    );
  });
});

/** A request's event as Kafka has it. */
async function requestOf(id: string): Promise<{ value: Buffer; envelope: Record<string, string> }> {
  let found: { value: Buffer; envelope: Record<string, string> } | undefined;
  await bus.read({
    envelope: 'none',
    topics: [REQUEST_TOPIC],
    fromMs: 0,
    handle: async ({ key, value, headers }) => {
      if (key === id) found = { value, envelope: headers };
    },
  });
  return found!;
}

async function count(metric: string, topic: string): Promise<number> {
  const page = await (await fetch(`${product.url}/metrics`)).text();
  const lines = page
    .split('\n')
    .filter((line) => line.startsWith(metric) && line.includes(`messaging_destination_name="${topic}"`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const jobsOf = async (id: string) => keysOf(redis, `*${product.namespace}*${QUEUE}*${id}*`);

/** Another record's address in this one's place: no key opens it. */
async function breakSeal(id: string): Promise<void> {
  const key = createKeys(product.namespace).record(id);
  const record = await redis.hgetall(key);
  // in pieces of 64 characters, q0, q1, …
  const count = Object.keys(record).filter((field) => /^q\d+$/.test(field)).length;
  const packed = Array.from({ length: count }, (_, n) => record[`q${n}`]!).join('');
  const broken = packed.replace(/("k1\.[^"]+)[^"]{4}"/, '$1AAAA"');
  expect(broken).not.toBe(packed);
  for (let n = 0; n < count; n++) await redis.hset(key, `q${n}`, broken.slice(64 * n, 64 * n + 64));
}
