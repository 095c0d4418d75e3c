import type { BareRecord, IncomingRecord, RawReadOptions, ReadOptions } from '@watchword/bus';
import { BaseError, createVerificationId } from '@watchword/contracts';
import type { DeliveryJob } from '@watchword/queues';
import { describe, expect, test } from 'vitest';
import { openRecord, replayTopic, surveyTopic } from './dead-topic.ts';
import { parseRef } from './letter.ts';

const TOPIC = 'otp.receipt.v1.dispatcher.dead';
const ID = createVerificationId({ region: 'a', bucket: 1 });
const FROM = { 'x-reason': 'not JSON', 'x-original-topic': 'otp.receipt.v1', 'x-original-partition': '3' };

/** One partition of a topic that holds what it is given, and whose producer fails when the test says so. */
function createTopic(...given: Partial<BareRecord>[]) {
  const records: IncomingRecord[] = [];
  const elsewhere: BareRecord[] = [];
  let faults = 0;
  const append = ({ key = ID, value = '{', headers = {} }: Partial<BareRecord>): void => {
    const offset = String(records.length);
    records.push({ topic: TOPIC, partition: 0, offset, timestampMs: 1, key, value: Buffer.from(value ?? ''), headers });
  };
  for (const record of given) append({ ...record, headers: { ...FROM, 'x-original-offset': '17', ...record.headers } });
  return {
    records,
    elsewhere,
    failAfter: (n: number) => (faults = n),
    bus: {
      async read(options: ReadOptions | RawReadOptions) {
        if (options.envelope !== 'none') throw new Error('dead letters are no events');
        for (const record of records.slice()) await options.handle(record);
        return { records: records.length, skipped: 0 };
      },
      async publishRecord(record: BareRecord) {
        if (faults > 0 && --faults === 0) throw new BaseError('OTP_BUS_UNAVAILABLE', 'away', { retry: true });
        if (record.topic === TOPIC) append(record);
        else elsewhere.push(record);
      },
    },
  };
}

const queued: { channel: string; job: DeliveryJob }[] = [];
const requeue = {
  add: async (channel: string, job: DeliveryJob) => void queued.push({ channel, job }),
  close: async () => undefined,
};
const refs = async (bus: ReturnType<typeof createTopic>['bus']) =>
  (await surveyTopic(bus, TOPIC)).map(({ ref }) => ref);

describe('a dead-letter topic', () => {
  test('is surveyed without what is in it, and without keys that are no ids', async () => {
    const { bus } = createTopic({}, { key: '+491701234567', value: '+491701234567' });
    const letters = await surveyTopic(bus, TOPIC);
    expect(letters).toMatchObject([
      { ref: `${TOPIC}/0/0`, kind: 'record', reason: 'not JSON', verification: ID, origin: 'otp.receipt.v1 3@17' },
      { ref: `${TOPIC}/0/1`, verification: '' },
    ]);
    expect(JSON.stringify(letters)).not.toContain('491701234567');
  });

  test('puts a record back as it was: same key, value and headers without ours, and lists it no longer', async () => {
    const topic = createTopic({ headers: { ce_id: 'x', 'x-own': 'kept' } }, {});
    const replayed: string[] = [];
    await replayTopic({ bus: topic.bus, requeue }, TOPIC, new Set([`${TOPIC}/0/0`]), (ref) => replayed.push(ref));
    expect(topic.elsewhere).toEqual([
      { topic: 'otp.receipt.v1', key: ID, value: Buffer.from('{'), headers: { ce_id: 'x', 'x-own': 'kept' } },
    ]);
    expect(replayed).toEqual([`${TOPIC}/0/0`]);
    expect(await refs(topic.bus)).toEqual([`${TOPIC}/0/1`]);
  });

  test.each([1, 2])('loses nothing where Kafka fails at publish %d: the letter is still listed', async (n) => {
    const topic = createTopic({});
    topic.failAfter(n);
    const replaying = replayTopic({ bus: topic.bus, requeue }, TOPIC, new Set(await refs(topic.bus)), () => undefined);
    await expect(replaying).rejects.toMatchObject({ code: 'OTP_BUS_UNAVAILABLE' });
    expect(await refs(topic.bus)).toEqual([`${TOPIC}/0/0`]);
    await replayTopic({ bus: topic.bus, requeue }, TOPIC, new Set(await refs(topic.bus)), () => undefined);
    expect(topic.elsewhere.length).toBeGreaterThanOrEqual(1);
    expect(await refs(topic.bus)).toEqual([]);
  });

  test('puts a job back on its queue, and nothing that is no job', async () => {
    const job = { verificationId: ID, step: 0, send: 1, n: 0 };
    const origin = { 'x-original-queue': 'deliver-sms', 'x-original-job': 'x' };
    const topic = createTopic(
      { value: JSON.stringify({ ...job, dead: 'x' }), headers: origin },
      { key: '', value: '{"to":"text of 13 characters"}', headers: origin },
    );
    const letters = await surveyTopic(topic.bus, TOPIC);
    expect(letters.map(({ kind, obstacle }) => [kind, obstacle === undefined])).toEqual([
      ['job', true],
      ['job', false],
    ]);
    await replayTopic({ bus: topic.bus, requeue }, TOPIC, new Set(letters.map(({ ref }) => ref)), () => undefined);
    expect(queued).toEqual([{ channel: 'sms', job }]);
    expect(await refs(topic.bus)).toEqual([`${TOPIC}/0/1`]);
  });

  test('cannot put back what was withheld', async () => {
    const topic = createTopic({ key: '', value: '', headers: { 'x-withheld': 'key, value, headers' } });
    expect(await surveyTopic(topic.bus, TOPIC)).toMatchObject([{ obstacle: expect.stringContaining('its sender') }]);
    await replayTopic({ bus: topic.bus, requeue }, TOPIC, new Set(await refs(topic.bus)), () => undefined);
    expect(topic.elsewhere).toEqual([]);
  });

  test('opens one letter with all that is in it, and no marker', async () => {
    const topic = createTopic({});
    const at = { topic: TOPIC, partition: 0, offset: '0' };
    expect(await openRecord(topic.bus, at)).toMatchObject({ body: '{', headers: { 'x-reason': 'not JSON' } });
    await replayTopic({ bus: topic.bus, requeue }, TOPIC, new Set(await refs(topic.bus)), () => undefined);
    expect(await openRecord(topic.bus, { ...at, offset: '1' })).toBeUndefined();
  });
});

test.each([
  ['quarantine/1f/1764-0', { outcome: 'event', bucket: 0x1f, streamId: '1764-0' }],
  [`${TOPIC}/0/17`, { outcome: 'record', topic: TOPIC, partition: 0, offset: '17' }],
  ['quarantine/zz/1-0', { outcome: 'malformed' }],
  ['otp.receipt.v1/0/17', { outcome: 'malformed' }],
  [`${TOPIC}/0/17/x`, { outcome: 'malformed' }],
  ['', { outcome: 'malformed' }],
])('the ref %o is read as %o', (text, ref) => {
  expect(parseRef(text)).toEqual(ref);
});
