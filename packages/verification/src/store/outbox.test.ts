import { BaseError, CHECK_TOPIC, OUTCOME_TOPIC, REQUEST_TOPIC } from '@watchword/contracts';
import { describe, expect, test, vi } from 'vitest';
import { composeEvent, createOutboxPublisher, type ComposedEvent, type OutboxEntry } from './outbox.ts';

const away = new BaseError('OTP_BUS_TIMEOUT', 'Kafka is away', { retry: true });
const ID = 'vf_1a11aaaaaaaaaaaaaaaaaaaaaaaaaa';

function entryOf(kind: string, streamId: string, bucket = 0x11): OutboxEntry {
  const fields = {
    kind,
    id: ID,
    event: `${ID}.3.${streamId}`,
    version: '3',
    at: '1000',
    tenant: 'shop',
    purpose: 'login',
  };
  return { bucket, streamId, fields: new Map(Object.entries(fields)) };
}

/** A publisher whose Kafka answers when the test says so. `steps` tells what happened, in order. */
function createPublisher(options: { removeFault?: Error } = {}) {
  const steps: string[] = [];
  const faults: unknown[] = [];
  const published: ComposedEvent[] = [];
  const asked: PromiseWithResolvers<void>[] = [];
  let waitedMs = 0;
  const outbox = createOutboxPublisher(
    async (event) => {
      const answer = Promise.withResolvers<void>();
      asked.push(answer);
      steps.push(`publish ${event.id}`);
      await answer.promise;
      published.push(event);
      steps.push(`published ${event.id}`);
    },
    async (bucket, streamIds) => {
      steps.push(`remove ${bucket} ${streamIds.join()}`);
      if (options.removeFault) throw options.removeFault;
    },
    (error) => faults.push(error),
    {
      now: () => waitedMs,
      async pause(ms) {
        waitedMs += ms;
      },
    },
  );
  return { outbox, steps, faults, published, asked, waited: () => waitedMs };
}

describe('a publisher of the outbox', () => {
  test('ships at once what a script appended, and nothing where it appended nothing', async () => {
    const { outbox, published, asked, faults } = createPublisher();
    outbox.ship([undefined, entryOf('check', '1-0'), undefined, entryOf('outcome', '1-1')]);
    expect(asked).toHaveLength(2);
    expect(outbox.inFlight()).toBe(2);
    for (const { resolve } of asked) resolve();
    await outbox.drain();
    expect(published.map(({ topic, key, timeMs }) => [topic, key, timeMs])).toEqual([
      [CHECK_TOPIC, ID, 1_000],
      [OUTCOME_TOPIC, ID, 1_000],
    ]);
    expect([outbox.inFlight(), faults]).toEqual([0, []]);
  });

  test('removes an entry only once Kafka has it', async () => {
    const { outbox, steps, asked } = createPublisher();
    const shipped = outbox.shipWithin([entryOf('check', '7-0', 0x2a)], 1_000);
    expect(steps).toEqual([`publish ${ID}.3.7-0`]);
    asked[0]!.resolve();
    expect(await shipped).toBe(true);
    expect(steps).toEqual([`publish ${ID}.3.7-0`, `published ${ID}.3.7-0`, 'remove 42 7-0']);
  });

  test('keeps an entry that Kafka refuses, tells the fault, and ships the others', async () => {
    const { outbox, steps, faults, asked } = createPublisher();
    outbox.ship([entryOf('check', '1-0'), entryOf('outcome', '1-1')]);
    const refusal = new Error('no leader');
    asked[0]!.reject(refusal);
    asked[1]!.resolve();
    await outbox.drain();
    expect(faults).toEqual([refusal]);
    expect(steps.filter((step) => step.startsWith('remove'))).toEqual(['remove 17 1-1']);
    expect(outbox.inFlight()).toBe(0);
  });

  test('tries again by itself while Kafka is away for moments, and is silent about it', async () => {
    const { outbox, steps, faults, asked } = createPublisher();
    outbox.ship([entryOf('check', '1-0')]);
    asked[0]!.reject(away);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    asked[1]!.resolve();
    await outbox.drain();
    expect(steps.slice(1)).toEqual([`publish ${ID}.3.1-0`, `published ${ID}.3.1-0`, 'remove 17 1-0']);
    expect([outbox.inFlight(), faults]).toEqual([0, []]);
  });

  test('leaves what Kafka does not take for 20 s to the sweep', async () => {
    const { outbox, faults, asked, waited } = createPublisher();
    const shipped = outbox.shipWithin([entryOf('check', '1-0')], 1_000);
    for (let n = 0; outbox.inFlight() > 0; n++) {
      asked[n]!.reject(away);
      await vi.waitFor(() => expect(asked.length > n + 1 || outbox.inFlight() === 0).toBe(true), { interval: 1 });
    }
    expect(await shipped).toBe(false);
    expect(waited()).toBe(20_000);
    expect(faults).toEqual([away]);
  });

  test('tries nothing again once it has drained', async () => {
    const { outbox, asked } = createPublisher();
    outbox.ship([entryOf('check', '1-0')]);
    await outbox.drain(1);
    asked[0]!.reject(away);
    await vi.waitFor(() => expect(outbox.inFlight()).toBe(0));
    expect(asked).toHaveLength(1);
  });

  test('tells of an entry that was published and could not be removed; shipped again, it is the same event', async () => {
    const removeFault = new Error('Redis is away');
    const { outbox, faults, published, asked } = createPublisher({ removeFault });
    for (const turn of [0, 1]) {
      const shipped = outbox.shipWithin([entryOf('check', '1-0')], 1_000);
      asked[turn]!.resolve();
      expect(await shipped).toBe(false);
    }
    expect(faults).toEqual([removeFault, removeFault]);
    expect(published[1]).toEqual(published[0]);
  });

  test('tells of an entry of a kind it does not know, and neither throws nor removes it', async () => {
    const { outbox, steps, faults } = createPublisher();
    expect(() => outbox.ship([entryOf('riddle', '1-0')])).not.toThrow();
    await outbox.drain();
    expect(await outbox.shipWithin([entryOf('riddle', '1-0')], 1_000)).toBe(false);
    expect(faults.map(String)).toEqual(Array(2).fill('TypeError: an outbox entry of unknown kind riddle'));
    expect(steps).toEqual([]);
    expect(outbox.inFlight()).toBe(0);
  });

  test('does not let somebody wait longer than they said; the event is shipped all the same', async () => {
    const { outbox, published, asked } = createPublisher();
    expect(await outbox.shipWithin([entryOf('check', '1-0')], 10)).toBe(false);
    expect(outbox.inFlight()).toBe(1);
    asked[0]!.resolve();
    await outbox.drain();
    expect(published).toHaveLength(1);
  });

  test('drains what it is publishing', async () => {
    const { outbox, steps, asked } = createPublisher();
    outbox.ship([entryOf('check', '1-0')]);
    let drained = false;
    const draining = outbox.drain().then(() => (drained = true));
    await new Promise(setImmediate);
    expect(drained, 'before Kafka answers').toBe(false);
    asked[0]!.resolve();
    await draining;
    expect(steps.at(-1)).toBe('remove 17 1-0');
  });

  test('waits for a Kafka that never answers no longer than it was told', async () => {
    const { outbox, steps } = createPublisher();
    outbox.ship([entryOf('check', '1-0')]);
    await outbox.drain(20);
    expect(outbox.inFlight()).toBe(1);
    expect(steps, 'the entry stays for the sweep').toEqual([`publish ${ID}.3.1-0`]);
  });
});

test('an attempt that settled after its verification was canceled says so, and no other does', () => {
  const entry = entryOf('attempt', '1-0');
  const attempt = { attempt: '1', cell: 'north|sms|DE|262-01', state: 'accepted', details: '{}' };
  const of = (withdrawn: string) => {
    const fields = new Map([...entry.fields, ...Object.entries({ ...attempt, withdrawn })]);
    return composeEvent({ ...entry, fields }).data;
  };
  expect(of('1')).toMatchObject({ withdrawn: true });
  expect(of('')).not.toHaveProperty('withdrawn');
});

test('the trace of a verification goes with each of its events, and with a request also in the data, from which it is restored', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const traced = (kind: string, more: Record<string, string> = {}): ComposedEvent => {
    const { fields, ...entry } = entryOf(kind, '1-0');
    return composeEvent({ ...entry, fields: new Map([...fields, ...Object.entries({ ...more, traceparent })]) });
  };
  for (const kind of ['check', 'outcome', 'attempt']) expect(traced(kind)).toMatchObject({ traceparent });
  const request = traced('request', {
    tenant: 'shop',
    request: '[[],[],6,5,30000,"en",0]',
    createdAt: '1',
    expiresAt: '2',
  });
  expect(request).toMatchObject({ topic: REQUEST_TOPIC, traceparent, data: { tenant: 'shop', traceparent } });
  expect(composeEvent(entryOf('check', '1-0'))).not.toHaveProperty('traceparent');
});
