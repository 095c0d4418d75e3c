import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBus, type Bus, type OutgoingEvent } from '@watchword/bus';
import { ATTEMPT_TOPIC, TOPICS, type QualityEvent } from '@watchword/contracts';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { drawQuality } from '../../src/chart/draw-quality.ts';
import { exportTopics } from '../../src/export/export-topics.ts';
import { TABLE_NAMES } from '../../src/export/tables.ts';
import { ask, runQuestions, type Row } from '../history/duck.ts';
import { eventsOfStory, qualityEvents, SECRETS } from '../history/events-of-stories.ts';
import { tellStories, type Story } from '../history/stories.ts';
import { goneOutOf, quantile, sentOf, shares, type Sent } from '../history/truth.ts';

const QUESTIONS = fileURLToPath(new URL('../../../../docs/analysts/ten-questions.sql', import.meta.url));
const STORIES = 1_500;
/** A lane takes 2,000 at a time. */
const WAVE = 1_000;
const HISTORY_START_MS = Date.UTC(2026, 10, 20, 3, 0);

const folder = mkdtempSync(join(tmpdir(), 'watchword-export-'));
const stories = tellStories(STORIES, HISTORY_START_MS, 7);
const sent = sentOf(stories);
let bus: Bus;
let events: OutgoingEvent[];
let output: string[];
let exported: number;
let answers: Row[][];

async function publishAll(all: readonly OutgoingEvent[]): Promise<void> {
  for (let first = 0; first < all.length; first += WAVE) {
    await Promise.all(all.slice(first, first + WAVE).map(async (event) => bus.publish(event, { timeoutMs: 30_000 })));
  }
}

async function run(order: Partial<Parameters<typeof exportTopics>[1]> = {}): Promise<number> {
  output = [];
  const tell = (line: string) => void output.push(line);
  const all = { tables: TABLE_NAMES, sinceMs: 0, untilMs: Number.POSITIVE_INFINITY, out: folder };
  return exportTopics(bus, { ...all, ...order }, { out: tell, err: tell, ask: undefined });
}

const minute = (at: number, given: Partial<QualityEvent>): QualityEvent => ({
  minute: HISTORY_START_MS + at * 60_000,
  revision: 1,
  provider: 'north',
  channel: 'sms',
  country: 'DE',
  operator: '262-01',
  submitted: 10,
  converted: 9,
  delivered: 9,
  undelivered: 1,
  errors: { throttled: 1 },
  withdrawn: 0,
  price: { amount: '0.0712', currency: 'EUR' },
  breaker: 'closed',
  fake_receipts: false,
  ...given,
});

beforeAll(async () => {
  const prefix = `test-${randomBytes(4).toString('hex')}.`;
  const brokers = inject('kafkaBrokers');
  bus = createBus({ brokers, clientId: 'export-test', topicPrefix: prefix }, { log: pino({ level: 'silent' }) });
  await bus.createTopics(TOPICS.map((spec) => ({ ...spec, partitions: 3 })));
  const quality = qualityEvents(
    minute(0, { breaker: 'open' }),
    // it was closed again by what came late
    minute(0, { revision: 2, breaker: 'half_open' }),
    minute(1, { breaker: 'open' }),
    minute(2, {}),
    minute(2, { provider: 'liar', fake_receipts: true }),
    minute(2, { provider: 'south' }),
  );
  events = [...stories.flatMap(eventsOfStory), ...quality];
  await publishAll(events);
  exported = await run();
  answers = await runQuestions(QUESTIONS, folder);
});
afterAll(async () => {
  await bus.close(2_000);
  rmSync(folder, { recursive: true });
});

const group = ({ country, provider }: Sent): string => `${country} ${provider}`;
const name = (row: Row): string => `${String(row['country'])} ${String(row['provider'])}`;
const knownNetwork = ({ network, operator }: Sent): string => network ?? operator;
const rounded = (value: number, places = 4): number => Number(value.toFixed(places));

describe('the export', () => {
  it('has every event once for each time that Kafka has it, and says how many', async () => {
    expect(exported).toBe(0);
    const published = (topic: string) => events.filter((event) => event.topic === topic).length;
    for (const [table, topic] of Object.entries({
      attempts: 'otp.attempt.v1',
      receipts: 'otp.receipt.v1',
      checks: 'otp.check.v1',
      outcomes: 'otp.outcome.v1',
      quality: 'otp.quality.v1',
    })) {
      expect(await ask(folder, `SELECT count(*) AS n FROM '${table}.parquet'`)).toEqual([{ n: published(topic) }]);
      expect(output).toContain(`${join(folder, `${table}.parquet`)}: ${published(topic)} rows`);
    }
  });

  it('keeps what an event says to the millisecond and the last digit', async () => {
    const { attempts, id } = stories.find(({ typed }) => typed)!;
    const [attempt] = attempts.filter(({ refused }) => !refused);
    const read = `SELECT epoch_ms(claimed_at) AS claimed, price_amount::VARCHAR AS price, taken_over, step,
      decision->>'$.rule' AS rule, decision_rule, error, typeof(claimed_at) AS time FROM 'attempts.parquet'
      WHERE attempt_id = '${attempt!.id}' AND NOT taken_over LIMIT 1`;
    expect(await ask(folder, read)).toEqual([
      {
        claimed: attempt!.claimedMs,
        price: `0.${String(attempt!.price).padStart(6, '0')}`,
        taken_over: false,
        step: 0,
        rule: attempt!.rule,
        decision_rule: attempt!.rule,
        error: null,
        time: 'TIMESTAMP',
      },
    ]);
    expect(id).toMatch(/^vf_/);
  });

  it('shows neither tags of codes nor hashes of keys', () => {
    const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
    expect(files).toHaveLength(TABLE_NAMES.length);
    for (const file of files) for (const secret of Object.values(SECRETS)) expect(file).not.toContain(secret);
  });

  it('once more replaces its files, and leaves others alone', async () => {
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    const before = readFileSync(join(folder, 'checks.parquet'));
    expect(await run({ tables: ['checks'] })).toBe(0);
    expect(readFileSync(join(folder, 'checks.parquet')).length).toBeGreaterThan(before.length / 2);
    expect(readdirSync(folder).toSorted()).toEqual(
      ['mine.txt', ...TABLE_NAMES.map((table) => `${table}.parquet`)].toSorted(),
    );
    rmSync(join(folder, 'mine.txt'));
  });

  it('takes what Kafka stored from --since on and before --until', async () => {
    let newest = 0;
    await bus.read({
      topics: [ATTEMPT_TOPIC],
      fromMs: 0,
      handle: async ({ timestampMs }) => void (newest = Math.max(newest, timestampMs)),
    });
    const out = join(folder, 'part');
    await run({ tables: ['attempts'], sinceMs: newest + 1, out });
    expect(output).toEqual([`${join(out, 'attempts.parquet')}: 0 rows`]);
    expect(await ask(out, `SELECT count(*) AS n FROM 'attempts.parquet'`)).toEqual([{ n: 0 }]);
    await run({ tables: ['attempts'], untilMs: newest, out });
    const [{ n }] = (await ask(out, `SELECT count(*) AS n FROM 'attempts.parquet'`)) as [{ n: number }];
    const all = events.filter(({ topic }) => topic === ATTEMPT_TOPIC).length;
    expect(n).toBeGreaterThan(0);
    expect(n).toBeLessThan(all);
    rmSync(out, { recursive: true });
  });

  it('leaves the older file as it was where the new one cannot be made whole', async () => {
    const before = readFileSync(join(folder, 'checks.parquet'));
    const away: Pick<Bus, 'read'> = { read: async () => Promise.reject(new Error('Kafka is away')) };
    const tell = () => undefined;
    const order = { tables: ['checks'] as const, sinceMs: 0, untilMs: Number.POSITIVE_INFINITY, out: folder };
    await expect(exportTopics(away, order, { out: tell, err: tell, ask: undefined })).rejects.toThrow('Kafka is away');
    expect(readFileSync(join(folder, 'checks.parquet')).equals(before)).toBe(true);
    expect(readdirSync(folder)).toHaveLength(TABLE_NAMES.length);
  });
});

describe('of the ten questions', () => {
  it('each has an answer', () => {
    expect(answers.map((rows) => rows.length > 0)).toEqual(Array.from({ length: 10 }, () => true));
  });

  it('1: conversion is that of the history, and its interval Wilson’s', () => {
    const truth = shares(sent, group, ({ converted }) => converted);
    expect(Object.fromEntries(answers[0]!.map((row) => [name(row), [row['submitted'], row['converted']]]))).toEqual(
      Object.fromEntries([...truth].map(([each, { n, k }]) => [each, [n, k]])),
    );
    for (const row of answers[0]!) {
      const { n, k } = truth.get(name(row))!;
      // the ends of the interval are where a normal test of the share just fails
      for (const end of [Number(row['low']), Number(row['high'])]) {
        expect(Math.abs(k / n - end) / Math.sqrt((end * (1 - end)) / n)).toBeCloseTo(1.96, 1);
      }
    }
  });

  it('2: the liar is found, and nobody else', () => {
    const truth = shares(
      sent.filter(({ receipt }) => receipt?.status === 'delivered'),
      group,
      ({ converted }) => converted,
    );
    for (const row of answers[1]!) {
      expect([row['delivered'], row['typed']]).toEqual([truth.get(name(row))!.n, truth.get(name(row))!.k]);
      expect([row['provider'], row['lies']]).toEqual([row['provider'], row['provider'] === 'liar']);
    }
    expect(answers[1]!.filter((row) => row['lies'])).toHaveLength(2);
  });

  it('3: percentiles are those of the history', () => {
    for (const row of answers[2]!) {
      const own = sent.filter(({ provider }) => provider === row['provider']);
      const typed = own.flatMap((each) =>
        each.typedMs === undefined ? [] : [(each.typedMs - each.claimedMs) / 1_000],
      );
      const delivered = own.flatMap((each) =>
        each.receipt?.status === 'delivered' ? [(each.receipt.atMs - each.claimedMs) / 1_000] : [],
      );
      expect(row['typed_p50_s']).toBeCloseTo(quantile(typed, 0.5), 0);
      expect(row['typed_p95_s']).toBeCloseTo(quantile(typed, 0.95), 0);
      expect(row['delivered_p50_s']).toBeCloseTo(quantile(delivered, 0.5), 0);
      expect(row['call_p95_ms']).toBeCloseTo(
        quantile(
          own.map((each) => each.settledMs - each.claimedMs),
          0.95,
        ),
        -0.5,
      );
    }
    expect(answers[2]).toHaveLength(3);
  });

  it('4: what was spent is exact to the last digit, that for canceled ones too', () => {
    const goneOut = goneOutOf(stories);
    expect(goneOut.length - sent.length).toBeGreaterThan(50);
    for (const row of answers[3]!) {
      const own = goneOut.filter((each) => group(each) === name(row));
      const spent = own.reduce((sum, { price }) => sum + price, 0n);
      const converted = own.filter((each) => each.converted).length;
      expect([row['currency'], row['converted']]).toEqual(['EUR', converted]);
      expect(Number(row['spent'])).toBe(Number(spent) / 1e6);
      expect(Number(row['per_conversion'])).toBeCloseTo(Number(spent) / 1e6 / converted, 5);
    }
    expect(answers[3]).toHaveLength(6);
  });

  it('5: what failover saved is what was approved after a refusal', () => {
    const refused = stories.filter(({ attempts }) => attempts[0]!.refused);
    const saved = refused.filter(({ typed }) => typed);
    expect(answers[4]).toEqual([
      {
        provider: 'north',
        refused_first: refused.length,
        saved: saved.length,
        saved_share: rounded(saved.length / refused.length),
      },
    ]);
    expect(saved.length).toBeGreaterThan(20);
  });

  it('6: each send is credited with what its own code did', () => {
    for (const row of answers[5]!) {
      const had = (story: Story) => story.attempts.filter((each) => each.send === row['send'] && !each.refused);
      const own = stories.filter((story) => had(story).length > 0);
      const byIt = own.filter((story) => story.typed && had(story).includes(story.attempts[story.typed.attempt]!));
      expect([row['verifications'], row['approved_by_it']]).toEqual([own.length, byIt.length]);
      const byOlder = own.filter(({ typed, attempts }) => typed && attempts[typed.attempt]!.send < Number(row['send']));
      expect(row['approved_by_older']).toBe(byOlder.length);
    }
    expect(answers[5]![1]!['approved_by_older']).toBeGreaterThan(20);
    expect(answers[5]!.map((row) => row['send'])).toEqual([1, 2, 3]);
  });

  it('7: networks are those that numbers are in, not those that they were given to', () => {
    const truth = shares(sent, knownNetwork, ({ converted }) => converted);
    const ported = shares(sent, knownNetwork, (each) => knownNetwork(each) !== each.operator);
    for (const row of answers[6]!) {
      const { n, k } = truth.get(String(row['network']))!;
      expect([row['submitted'], row['conversion']]).toEqual([n, rounded(k / n)]);
      expect(row['ported_share']).toBe(rounded(ported.get(String(row['network']))!.k / n));
      expect(row['ported_share']).toBeGreaterThan(0.1);
    }
    expect(answers[6]).toHaveLength(4);
  });

  it('8: hours are those of UTC', () => {
    const truth = shares(
      sent,
      ({ claimedMs }) => String(new Date(claimedMs).getUTCHours()),
      ({ converted }) => converted,
    );
    expect(Object.fromEntries(answers[7]!.map((row) => [String(row['hour_utc']), row['submitted']]))).toEqual(
      Object.fromEntries([...truth].map(([hour, { n }]) => [hour, n])),
    );
    expect(answers[7]).toHaveLength(12);
  });

  it('9: of a minute the highest revision counts', () => {
    const common = { channel: 'sms', country: 'DE' };
    expect(answers[8]).toEqual([
      { ...common, provider: 'north', minutes: 3, open: 1, half_open: 1, fake_receipts: 0 },
      { ...common, provider: 'liar', minutes: 1, open: 0, half_open: 0, fake_receipts: 1 },
    ]);
  });

  it('10: exploring is held against the best provider of each country', () => {
    const byCell = shares(sent, group, ({ converted }) => converted);
    const best = (country: string): number =>
      Math.max(...[...byCell].flatMap(([each, { n, k }]) => (each.startsWith(country) && n >= 100 ? [k / n] : [])));
    for (const row of answers[9]!) {
      const own = sent.filter(({ rule }) => rule === row['decision_rule']);
      const expected = own.reduce((sum, { country }) => sum + best(country), 0);
      expect(row['submitted']).toBe(own.length);
      expect(row['conversions_short']).toBeCloseTo(expected - own.filter(({ converted }) => converted).length, 0);
    }
    expect(answers[9]!.map((row) => row['decision_rule'])).toEqual(['best', 'explore']);
  });
});

it('the chart is of the same minutes, and says where there are none', async () => {
  const out = join(folder, 'charts', 'quality.svg');
  const scope = { channel: 'sms', sinceMs: 0, untilMs: Date.now(), step: 'hour', out } as const;
  output = [];
  const tell = (line: string) => void output.push(line);
  const terminal = { out: tell, err: tell, ask: undefined };
  expect(await drawQuality(bus, { ...scope, country: 'DE' }, terminal)).toBe(0);
  expect(output).toEqual([`${out}: 3 providers, 50 messages`]);
  expect(readFileSync(out, 'utf8')).toContain('<tspan class="name">north</tspan> 90.0 % (74.4 to 96.5), 30 sent');
  rmSync(out);
  expect(await drawQuality(bus, { ...scope, country: 'FR' }, terminal)).toBe(1);
  expect([output[1], existsSync(out)]).toEqual([expect.stringMatching(/^Nothing was sent there/), false]);
});

it('a record that is no event is told, and all others are there', async () => {
  const before = events.filter(({ topic }) => topic === ATTEMPT_TOPIC).length;
  const event = events.find(({ topic }) => topic === ATTEMPT_TOPIC)!;
  await bus.publish({ ...event, data: '{"provider":"+4915112345678"}' });
  expect(await run({ tables: ['attempts'] })).toBe(1);
  expect(output[0]).toBe(`${join(folder, 'attempts.parquet')}: ${before} rows`);
  expect(output[1]).toMatch(/^attempts: 1 records of otp.attempt.v1 could not be read/);
  expect(existsSync(join(folder, 'attempts.parquet'))).toBe(true);
});
