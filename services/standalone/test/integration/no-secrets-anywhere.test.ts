import { createBus } from '@watchword/bus';
import { ATTEMPT_TOPIC, CHECK_TOPIC, OUTCOME_TOPIC, RECEIPT_TOPIC, REQUEST_TOPIC } from '@watchword/contracts';
import { waitFor } from '@watchword/testkit';
import { createKeys } from '@watchword/verification';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { runMixedTraffic, type Traffic } from '../mixed-traffic.ts';
import { createSecretScanner, type Trace } from '../secret-scanner.ts';
import { startApi, type Api } from '../start-api.ts';
import { freshNumber } from '../start-product.ts';
import { kafkaTraces, redisTraces, type KafkaRecord } from '../traces.ts';

const VERIFICATIONS = 1_000;
const LIFE_AND_TOMBSTONE_MS = 600_000 + 600_000;
/** What docs/architecture.md allows to live without a time to live. */
const EVERLASTING = [/\}:d$/, /\}:o$/, /\}:m$/, /:meta$/, /:id$/, /:events$/];
/** Numbers of the runtime that happen to have six digits: sizes of heaps, not ours to choose. */
const RUNTIME_METRIC = /^(?:process|nodejs)_/;

let api: Api;
let traffic: Traffic;
let scan: (traces: Iterable<Trace>) => string[];
let kafka: KafkaRecord[];
beforeAll(async () => {
  api = await startApi({
    edit: (yaml) =>
      yaml.replace(
        'providers:',
        `defaults: { resend_cooldown_seconds: 0 }
limits: { wide: { tenant_per_minute: 0, ip_prefix_per_hour: 1000, country_per_minute: 0, number_prefix_per_10_minutes: 500 } }
delivery: { attempt_timeout_ms: 2000 }
providers:`,
      ),
  });
  traffic = await runMixedTraffic(api, VERIFICATIONS);
  scan = createSecretScanner(traffic);
  await waitFor(async () => (await waitingEvents()) === 0, { timeoutMs: 20_000, what: 'empty outboxes' });
  kafka = await kafkaTraces(api.product, isComplete);
}, 240_000);
afterAll(async () => api.stop());

async function waitingEvents(): Promise<number> {
  const outboxes = (await api.keys()).filter((key) => key.endsWith('}:o'));
  const lengths = await Promise.all(outboxes.map(async (key) => api.redis.xlen(key)));
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** Each verification was requested, attempted, and has ended. */
function isComplete(records: readonly KafkaRecord[]): boolean {
  const idsOf = (topic: string) => new Set(records.filter((record) => record.topic === topic).map(({ key }) => key));
  return [REQUEST_TOPIC, ATTEMPT_TOPIC, OUTCOME_TOPIC].every((topic) => idsOf(topic).size >= VERIFICATIONS);
}

it('the run was what it should be: all channels, all endings, failures, refusals', () => {
  const outcomes = kafka.filter(({ topic }) => topic === OUTCOME_TOPIC);
  const count = (outcome: string): number => outcomes.filter(({ data }) => data['outcome'] === outcome).length;
  expect(traffic.ids).toHaveLength(VERIFICATIONS);
  expect(traffic.codes.size).toBeGreaterThan(VERIFICATIONS * 0.95);
  for (const status of ['approved', 'failed', 'canceled', 'undeliverable']) expect(count(status)).toBeGreaterThan(0);
  expect(count('approved')).toBeGreaterThan(VERIFICATIONS * 0.7);
  expect(api.problems.length).toBeGreaterThan(200);
  const attempts = kafka.filter(({ topic }) => topic === ATTEMPT_TOPIC);
  expect(new Set(attempts.map(({ data }) => data['channel']))).toEqual(new Set(['sms', 'voice', 'email']));
  expect(new Set(attempts.map(({ data }) => data['state']))).toEqual(new Set(['accepted', 'rejected', 'unknown']));
  for (const topic of [CHECK_TOPIC, RECEIPT_TOPIC]) expect(kafka.some((record) => record.topic === topic)).toBe(true);
});

it('V9: no code and no full address in Redis, in keys and values of every type', async () => {
  const traces = await redisTraces(api.redis, await api.keys());
  expect(traces.length).toBeGreaterThan(VERIFICATIONS);
  expect(scan(traces)).toEqual([]);
});

it('V9: nor in Kafka, in keys, headers and values of every topic', () => {
  expect(kafka.length).toBeGreaterThan(4 * VERIFICATIONS);
  expect(scan(kafka)).toEqual([]);
});

it('V9: nor in the log, on the metrics page, or in an error body', async () => {
  const page = await (await fetch(`${api.product.url}/metrics`)).text();
  const metrics = page.split('\n').filter((line) => !RUNTIME_METRIC.test(line));
  expect(metrics.length).toBeGreaterThan(100);
  expect(api.product.logged()).toContain('started');
  const traces = [
    ...api.product
      .logged()
      .split('\n')
      .map((text) => ({ where: `the log: ${text.slice(0, 200)}`, text })),
    ...metrics.map((text) => ({ where: 'the metrics', text })),
    ...api.problems.map((text) => ({ where: 'an error body', text })),
  ];
  expect(scan(traces)).toEqual([]);
});

it('the scan finds what is planted: in each type of Redis, in each part of a Kafka record, in a line', async () => {
  const [code] = [...traffic.codes].slice(-1) as [string];
  const [mailbox] = [...traffic.addresses].filter((each) => each.includes('@')) as [string];
  const [number] = [...traffic.addresses].filter((each) => each.startsWith('+')) as [string];
  const { redis } = api;
  const key = (name: string): string => `{${api.product.namespace}planted}:${name}`;
  const planted = {
    [key(code)]: async (at: string) => redis.set(at, 'x'),
    [key('string')]: async (at: string) => redis.set(at, `{"code":"${code}"}`),
    [key('hash')]: async (at: string) => redis.hset(at, 'f', code),
    [key('field')]: async (at: string) => redis.hset(at, mailbox, ''),
    [key('list')]: async (at: string) => redis.rpush(at, number.slice(1)),
    [key('set')]: async (at: string) => redis.sadd(at, `vf_1a00${'a'.repeat(26)}-${code}`),
    [key('zset')]: async (at: string) => redis.zadd(at, '1', encodeURIComponent(mailbox)),
    [key('stream')]: async (at: string) => redis.xadd(at, '*', 'f', `0${number.slice(3, 7)} ${number.slice(7)}`),
  };
  try {
    for (const [at, plant] of Object.entries(planted)) await plant(at);
    const traces = await redisTraces(
      redis,
      (await api.keys()).filter((each) => each in planted),
    );
    expect(traces).toHaveLength(8);
    expect(traces.filter((trace) => scan([trace]).length !== 1)).toEqual([]);
  } finally {
    await redis.del(...Object.keys(planted));
  }
  const findsIn = (text: string): number => scan([{ where: 'a line', text }]).length;
  const spoken = code.split('').join(', ');
  const lines = [`your code is ${code}.`, `code${code}`, spoken, `{"took":1.5,"code":${code}}`];
  expect(lines.map(findsIn)).toEqual([1, 1, 1, 1]);
  const chance = [`0.${code}`, `1${code}`, `${code}1`, `x${'q'.repeat(30)}${code}`];
  expect(chance.map(findsIn)).toEqual([0, 0, 0, 0]);
  for (const record of await plantInKafka([code, mailbox, number])) expect(scan([record])).not.toEqual([]);
});

it('V10: of a verification that has ended Redis holds its tombstone, without an address, with a time to live', async () => {
  const keys = await api.keys();
  const names = createKeys(api.product.namespace);
  const mine = new Set(traffic.ids.map((id) => names.record(id)));
  expect(keys.filter((key) => traffic.ids.some((id) => key.includes(id)) && !mine.has(key))).toEqual([]);
  for (const id of traffic.ids) {
    const record = await api.redis.hgetall(names.record(id));
    const fields = Object.keys(record).filter((field) => !/^(?:[ar]\d+|d\d+\.\d)$/.test(field));
    expect(TOMBSTONE).toEqual(expect.arrayContaining(fields));
    const leftMs = await api.redis.pttl(names.record(id));
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(LIFE_AND_TOMBSTONE_MS);
  }
  const queued = (
    await redisTraces(
      api.redis,
      keys.filter((key) => !mine.has(key)),
    )
  ).filter(({ where }) => /:(?:d|o|wait|active|delayed|prioritized|failed|completed)$/.test(where));
  expect(queued.length).toBeGreaterThan(0);
  expect(queued.filter(({ text }) => traffic.ids.some((id) => text.includes(id))).map(({ where }) => where)).toEqual(
    [],
  );
});

it('V10: no sealed address of an ended verification is left in Redis; that of a live one is', async () => {
  const requests = kafka.filter(({ topic }) => topic === REQUEST_TOPIC);
  const sealed = new Set(
    requests.flatMap(({ data }) => (data['recipients'] as { sealed: string }[]).map((each) => each.sealed)),
  );
  expect(sealed.size).toBeGreaterThanOrEqual(VERIFICATIONS);
  const words = (traces: readonly Trace[]): string[] =>
    traces.flatMap(({ text }) => text.match(/k1\.[\w-]{40,}/g) ?? []);
  expect(words(await redisTraces(api.redis, await api.keys())).filter((word) => sealed.has(word))).toEqual([]);
  const { id } = await api.demo.receive({ to: freshNumber() });
  const live = await redisTraces(api.redis, [createKeys(api.product.namespace).record(id)]);
  expect(words(live)).toHaveLength(1);
  await api.demo.act('cancel', id);
});

it('every key of Redis has a time to live, but for the few that docs/architecture.md names', async () => {
  const keys = await api.keys();
  const lives = await Promise.all(keys.map(async (key) => ({ key, leftMs: await api.redis.pttl(key) })));
  const everlasting = lives.filter(({ leftMs }) => leftMs === -1).map(({ key }) => key);
  expect(everlasting.filter((key) => !EVERLASTING.some((form) => form.test(key)))).toEqual([]);
  expect(everlasting.length).toBeGreaterThan(0);
});

/** The fields of a tombstone, beside `a<k>` and `r<k>` of its attempts. */
const TOMBSTONE = [
  'sc',
  'st',
  've',
  'tn',
  'pu',
  'ca',
  'ea',
  'en',
  'cr',
  'tp',
  'ip',
  'ig',
  'cm',
  'cu',
  'ge',
  'at',
  'sp',
  'sn',
  'ch',
  'se',
];

/** A record with the words in its key, in a header, in its value, read back as all others are. */
async function plantInKafka([inKey, inHeader, inValue]: [string, string, string]): Promise<KafkaRecord[]> {
  const { topicPrefix } = api.product;
  const bus = createBus(
    { brokers: inject('kafkaBrokers'), clientId: 'planter', topicPrefix },
    { log: pino({ level: 'silent' }) },
  );
  try {
    await bus.createTopics([{ name: 'planted', partitions: 1, retentionMs: 60_000 }]);
    const plant = async (key: string, subject: string, data: string): Promise<void> =>
      bus.publish({
        topic: 'planted',
        key,
        envelope: { id: 'i', type: 't', source: 's', subject, time: new Date().toISOString() },
        data: JSON.stringify({ data }),
      });
    await plant(inKey, 's', '');
    await plant('k', inHeader, '');
    await plant('k', 's', inValue);
  } finally {
    await bus.close(2_000);
  }
  return kafkaTraces(api.product, (records) => records.length >= 3, ['planted']);
}
