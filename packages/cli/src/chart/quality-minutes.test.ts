import type { Bus, IncomingEvent, ReadOptions } from '@watchword/bus';
import { describe, expect, test } from 'vitest';
import { readQualityMinutes } from './quality-minutes.ts';

const scope = { channel: 'sms', sinceMs: 600_000, untilMs: 1_200_000 } as const;
const event = (given: object) => ({
  minute: 660_000,
  revision: 1,
  provider: 'north',
  channel: 'sms',
  country: 'DE',
  operator: '262-01',
  submitted: 10,
  converted: 8,
  delivered: 9,
  undelivered: 0,
  errors: {},
  withdrawn: 0,
  breaker: 'closed',
  fake_receipts: false,
  ...given,
});

/** A topic that holds what it is given. */
function createTopic(...events: object[]): Pick<Bus, 'read'> {
  return {
    async read(options) {
      const { handle } = options as ReadOptions;
      for (const each of events) await handle({ value: Buffer.from(JSON.stringify(each)) } as IncomingEvent);
      return { records: events.length, skipped: 0 };
    },
  };
}
const read = async (wanted: object, ...events: object[]) =>
  (await readQualityMinutes(createTopic(...events), { ...scope, ...wanted })).minutes;

describe('minutes', () => {
  test.each([
    [[2, 1], 'the newer one came first'],
    [[1, 2], 'the newer one came last'],
  ])('of a minute the highest revision counts: %j, %s', async (revisions) => {
    const events = revisions.map((revision) => event({ revision, converted: revision }));
    expect(await read({}, ...events)).toMatchObject([{ revision: 2, converted: 2 }]);
  });

  test('minutes of other cells stand beside each other', async () => {
    expect(await read({}, event({}), event({ operator: '262-02' }), event({ minute: 720_000 }))).toHaveLength(3);
  });

  test.each<[object, string]>([
    [{ country: 'IN' }, 'another country'],
    [{ operator: '262-02' }, 'another operator'],
    [{ channel: 'voice' }, 'another channel'],
    [{ sinceMs: 660_001 }, 'before'],
    [{ untilMs: 660_000 }, 'after, since the end does not belong to it'],
  ])('with %j there are none: %s', async (wanted) => {
    expect(await read({}, event({}))).toHaveLength(1);
    expect(await read(wanted, event({}))).toEqual([]);
  });
});
