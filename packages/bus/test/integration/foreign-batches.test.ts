import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import { waitFor } from '@watchword/testkit';
import kafkajs, { type Message } from 'kafkajs';
import { beforeEach, expect, inject, onTestFinished, test } from 'vitest';
import type { IncomingRecord } from '../../src/index.ts';
import { createFixture, type Fixture } from './bus-fixture.ts';
import { storedLz4, storedSnappy } from './stored.ts';

const { CompressionCodecs: codecs, CompressionTypes: types, Kafka } = kafkajs;
const HOUR_MS = 3_600_000;
const zstd = promisify(zstdCompress);
const gzipped = promisify(gzip);

/** A platform's producer. `compress` stands in for its compressor; what reads is left as the bus has set it. */
async function sendAs(
  fixture: Fixture,
  messages: Message[],
  { type, compress }: { type: number; compress?: (bytes: Buffer) => Buffer | Promise<Buffer> } = { type: types.None },
): Promise<void> {
  if (compress) {
    const codec = codecs[type as keyof typeof codecs] as () => { decompress(bytes: Buffer): Promise<Buffer> };
    const ours = codec();
    const theirs = { ...ours, compress: async ({ buffer }: { buffer: Buffer }) => compress(buffer) };
    Object.assign(codecs, { [type]: () => theirs });
    onTestFinished(() => void Object.assign(codecs, { [type]: codec }));
  }
  const producer = new Kafka({ brokers: inject('kafkaBrokers'), logLevel: kafkajs.logLevel.NOTHING }).producer();
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  await producer.send({ topic: `${fixture.prefix}theirs`, acks: -1, compression: type, messages });
}

/** As Kafka writes a small number, and a text: zigzag, here in one byte. */
const size = (value: number): number[] => [value < 0 ? -2 * value - 1 : 2 * value];
const text = (value: string): number[] => [...size(value.length), ...Buffer.from(value)];

let fixture: Fixture;
let seen: IncomingRecord[];
let restartsBefore: string | undefined;

async function consume(): Promise<void> {
  seen = [];
  const subscription = await fixture.bus.subscribe({
    group: 'g',
    topics: ['theirs'],
    envelope: 'none',
    handle: async (record) => void seen.push(record),
  });
  await subscription.joined();
  // a Kafka that has only just begun may refuse a first member once or twice
  restartsBefore = await restarts();
}

beforeEach(async () => {
  fixture = await createFixture({ theirs: 1 });
  await consume();
});

const arrived = (count: number) => waitFor(() => seen.length === count, { timeoutMs: 15_000, what: 'the records' });
const restarts = async (): Promise<string | undefined> =>
  (await fixture.metrics.metrics()).match(/^watchword_bus_consumer_restarts_total\{.*\} (\d+)/m)?.[1];

test('a header without a value is one that the record lacks, and no trouble for the records behind it', async () => {
  // kafkajs itself sends none, so that its compressor is one that puts the bytes of such a record in place
  const record = Buffer.concat([
    Buffer.from([0, 0, 0, ...text('k'), ...text('1'), ...size(4)]), // attributes, time, offset, key, value, 4 headers
    Buffer.from([...text('idempotency-key'), ...text('a'), ...text('empty'), ...size(-1)]),
    Buffer.from([...text('twice'), ...text('x'), ...text('twice'), ...size(-1)]),
  ]);
  const compress = async () => gzipped(Buffer.concat([Buffer.from(size(record.length)), record]));
  await sendAs(fixture, [{ key: 'k', value: '1' }], { type: types.GZIP, compress });
  await sendAs(fixture, [{ key: 'k', value: '2' }]);
  await arrived(2);
  expect(seen[0]!.headers).toEqual({ 'idempotency-key': 'a' });
  expect(await restarts()).toBe(restartsBefore);
});

test.each([
  ['gzip', { type: types.GZIP, compress: async (bytes: Buffer) => gzipped(bytes) }],
  ['Snappy', { type: types.Snappy, compress: storedSnappy }],
  ['LZ4', { type: types.LZ4, compress: storedLz4 }],
  ['ZSTD', { type: types.ZSTD, compress: async (bytes: Buffer) => zstd(bytes) }],
])('a batch that its producer compressed by %s is read, by the consumer and by a read', async (_, compression) => {
  const values = Array.from({ length: 50 }, (_, n) => `record ${n}`);
  await sendAs(
    fixture,
    values.map((value) => ({ key: 'k', value })),
    compression,
  );
  await arrived(values.length);
  expect(seen.map(({ value }) => value.toString())).toEqual(values);
  expect(await restarts()).toBe(restartsBefore);
  const read = { topics: ['theirs'], fromMs: 0, envelope: 'none' as const, handle: () => Promise.resolve() };
  expect(await fixture.bus.read(read)).toEqual({ records: values.length, skipped: 0 });
});

test('a topic that is stored plain takes compressed batches, and none that would be huge when it is read', async () => {
  const plain = { ...fixture, prefix: `${fixture.prefix}plain.` };
  await fixture.bus.createTopics([{ name: 'plain.theirs', partitions: 1, retentionMs: HOUR_MS, storedPlain: true }]);
  const bomb = Buffer.alloc(8 * 1024 * 1024);
  const compression = { type: types.ZSTD, compress: async (bytes: Buffer) => zstd(bytes) };
  await expect(sendAs(plain, [{ key: 'k', value: bomb }], compression)).rejects.toThrow(/larger/);
  await sendAs(plain, [{ key: 'k', value: 'small' }], { type: types.LZ4, compress: storedLz4 });
  const values: string[] = [];
  await fixture.bus.read({
    topics: ['plain.theirs'],
    fromMs: 0,
    envelope: 'none',
    handle: async ({ value }) => void values.push(value.toString()),
  });
  expect(values).toEqual(['small']);
});
