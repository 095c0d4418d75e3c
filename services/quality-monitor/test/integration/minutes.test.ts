import { randomUUID } from 'node:crypto';
import { QUALITY_TOPIC, parseEvent, qualityEventId, type QualityEvent } from '@watchword/contracts';
import { createCountsStore, createMinutesStore, type CountsStore, type MinutesStore } from '@watchword/quality';
import type { PublishEvent } from '@watchword/runtime';
import { connectGivenRedis } from '@watchword/testkit';
import * as fc from 'fast-check';
import { afterAll, expect, inject, it } from 'vitest';
import { createMinutePublishing } from '../../src/publish-minutes.ts';

const redis = connectGivenRedis(inject('redis'));
afterAll(async () => {
  await redis.quit();
});

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** On the minute. */
const T0 = 1_790_000_040_000;
const CELLS = ['sms|DE|262-01|north', 'sms|DE|262-01|south', 'email|||mail'];

/** A deployment: counts, and what of them is published. */
function createDeployment() {
  const namespace = `minutes-${randomUUID()}-`;
  const counts = createCountsStore(redis, { namespace });
  const minutes = createMinutesStore(redis, { namespace });
  const published: QualityEvent[] = [];
  const ids = new Map<string, string>();
  const forgotten: number[] = [];
  let offset = 0;
  return {
    counts,
    minutes,
    published,
    forgotten,
    async count(cell: string, startMs: number, submitted: number): Promise<void> {
      const place = (at: number) => (at === 0 ? undefined : { offset: at, atMs: T0 });
      const changes: Parameters<CountsStore['fold']>[3] = [
        { cell, buckets: [{ startMs, widthMs: 10_000, counts: { submitted } }] },
      ];
      await counts.fold('t/0', place(offset), place(offset + 1)!, changes);
      offset += 1;
    },
    publish: (async ({ id, data }) => {
      const event = parseEvent(QUALITY_TOPIC, Buffer.from(JSON.stringify(data)));
      expect(id).toBe(qualityEventId(event));
      // the same id is the same event
      expect(ids.get(id) ?? JSON.stringify(event)).toBe(JSON.stringify(event));
      ids.set(id, JSON.stringify(event));
      published.push(event);
    }) satisfies PublishEvent,
    lead(over: { minutes?: MinutesStore; publish?: PublishEvent } = {}): (nowMs: number) => Promise<void> {
      return createMinutePublishing({
        minutes,
        counts,
        publish: this.publish,
        readJudgements: async () => () => ({ breaker: 'closed', fake_receipts: false }),
        priceOf: () => undefined,
        onMinutes: (outcome, count) => void (outcome === 'forgotten' && forgotten.push(count)),
        ...over,
      });
    },
    /** What who keeps the highest revision of each minute knows. */
    known(): Record<string, number> {
      const highest = new Map<string, QualityEvent>();
      for (const event of published) {
        const name = `${event.channel}|${event.country}|${event.operator}|${event.provider}@${event.minute}`;
        if ((highest.get(name)?.revision ?? 0) < event.revision) highest.set(name, event);
      }
      return Object.fromEntries([...highest].map(([name, { submitted }]) => [name, submitted]));
    },
  };
}

const turn = fc.oneof(
  fc.record({
    what: fc.constant('count' as const),
    cell: fc.constantFrom(...CELLS),
    agoS: fc.integer({ min: 0, max: 3 * 3_600 }),
    submitted: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({
    what: fc.constant('publish' as const),
    // `late`: it has read the counts and is held up
    fault: fc.constantFrom('none', 'Kafka takes half', 'it dies before it says so', 'late'),
  }),
  // who was held up goes on
  fc.record({ what: fc.constant('release' as const) }),
  fc.record({ what: fc.constant('coarsen' as const) }),
);

it('the highest revision of a minute has all that was counted, whoever published, died or was late', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 5, maxLength: 40 }), async (turns) => {
      const deployment = createDeployment();
      const { counts, minutes, publish } = deployment;
      const truth: Record<string, number> = {};
      let late = Promise.withResolvers<void>();
      const waiting: Promise<void>[] = [];
      const release = async (): Promise<void> => {
        late.resolve();
        await Promise.all(waiting.splice(0));
        late = Promise.withResolvers<void>();
      };
      const faults: string[] = [];
      let nowMs = T0;
      for (const each of turns) {
        nowMs += MINUTE_MS;
        if (each.what === 'release') {
          await release();
        } else if (each.what === 'coarsen') {
          for (const cell of CELLS) await counts.coarsen(cell, nowMs);
        } else if (each.what === 'count') {
          const startMs = Math.floor((nowMs - each.agoS * 1_000) / 10_000) * 10_000;
          await deployment.count(each.cell, startMs, each.submitted);
          const name = `${each.cell}@${startMs - (startMs % MINUTE_MS)}`;
          truth[name] = (truth[name] ?? 0) + each.submitted;
        } else if (each.fault === 'late') {
          const { promise: goesOn } = late;
          const reached = Promise.withResolvers<void>();
          const held: PublishEvent = async (event) => {
            reached.resolve();
            await goesOn;
            return publish(event);
          };
          const round = deployment.lead({ publish: held })(nowMs);
          waiting.push(round);
          await Promise.race([reached.promise, round]);
        } else {
          let taken = 0;
          const round = deployment.lead({
            ...(each.fault === 'Kafka takes half' && {
              publish: async (event) => {
                if (taken++ % 2 === 1) throw new Error('Kafka is away');
                return publish(event);
              },
            }),
            ...(each.fault === 'it dies before it says so' && {
              minutes: {
                ...minutes,
                published: async () => {
                  throw new Error('dead');
                },
              },
            }),
          });
          await round(nowMs).catch((error: unknown) => faults.push(String(error)));
        }
      }
      await deployment.lead()(nowMs + 2 * MINUTE_MS);
      await release();
      expect(deployment.known()).toEqual(truth);
      expect(faults.filter((fault) => !/away|dead/.test(fault))).toEqual([]);
      // and nothing is left to do
      const before = deployment.published.length;
      await deployment.lead()(nowMs + 3 * MINUTE_MS);
      expect(deployment.published).toHaveLength(before);
    }),
    { numRuns: 150 },
  );
});

it('who was held up does not call published what somebody else has taken over', async () => {
  const deployment = createDeployment();
  const { publish } = deployment;
  await deployment.count(CELLS[0]!, T0, 3);
  const [reached, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const heldUp = deployment.lead({
    publish: async (event) => {
      reached.resolve();
      await goesOn.promise;
      return publish(event);
    },
  })(T0 + 2 * MINUTE_MS);
  await reached.promise;
  await deployment.count(CELLS[0]!, T0, 1);
  const refused = deployment.lead({ publish: async () => Promise.reject(new Error('Kafka is away')) });
  await expect(refused(T0 + 3 * MINUTE_MS)).rejects.toThrow('Kafka is away');
  goesOn.resolve();
  await heldUp;
  await deployment.lead()(T0 + 4 * MINUTE_MS);
  expect(Object.values(deployment.known())).toEqual([4]);
});

it('a minute is published once it is over, and again only for what has come since', async () => {
  const deployment = createDeployment();
  const round = deployment.lead();
  await deployment.count(CELLS[0]!, T0, 3);
  await round(T0 + 64_000);
  expect(deployment.published).toEqual([]);
  await round(T0 + 65_000);
  expect(deployment.published.map(({ minute, submitted }) => [minute, submitted])).toEqual([[T0, 3]]);
  await deployment.count(CELLS[0]!, T0 + 50_000, 1);
  await round(T0 + 66_000);
  await round(T0 + 124_000);
  expect(deployment.published).toHaveLength(1);
  await round(T0 + 125_000);
  await round(T0 + 185_000);
  expect(deployment.published.map(({ submitted }) => submitted)).toEqual([3, 4]);
  expect(deployment.published[1]!.revision).toBeGreaterThan(deployment.published[0]!.revision);
});

it('more minutes than one round takes are all published, the oldest first', async () => {
  const deployment = createDeployment();
  const { counts } = deployment;
  const changes = Array.from({ length: 1_500 }, (_, n) => ({
    cell: `sms|DE|262-01|p${n}`,
    buckets: [{ startMs: T0 + (n % 2) * MINUTE_MS, widthMs: 10_000, counts: { submitted: 1 } }],
  }));
  await counts.fold('t/0', undefined, { offset: 1, atMs: T0 }, changes);
  const round = deployment.lead();
  await round(T0 + 10 * MINUTE_MS);
  expect(deployment.published).toHaveLength(1_000);
  expect(deployment.published.filter(({ minute }) => minute === T0)).toHaveLength(750);
  await round(T0 + 10 * MINUTE_MS + 1_000);
  expect(Object.keys(deployment.known())).toHaveLength(1_500);
});

it('of what nobody published for six hours the minutes cannot be told any more: they are forgotten and counted', async () => {
  const deployment = createDeployment();
  await deployment.count(CELLS[0]!, T0, 3);
  await deployment.count(CELLS[0]!, T0 + 2 * HOUR_MS, 4);
  await deployment.lead()(T0 + 6 * HOUR_MS + 2 * MINUTE_MS);
  expect([Object.values(deployment.known()), deployment.forgotten]).toEqual([[4], [1]]);
});
