import { randomUUID } from 'node:crypto';
import type { QualityAnswer, QualityQuery } from '@watchword/contracts';
import { createCountsStore, type CellChange } from '@watchword/quality';
import { connectGivenRedis } from '@watchword/testkit';
import * as fc from 'fast-check';
import { afterAll, expect, inject, it } from 'vitest';
import { answerQuality, type Answered } from '../../src/answer-quality.ts';

const redis = connectGivenRedis(inject('redis'));
afterAll(async () => {
  await redis.quit();
});

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const STEPS = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS } as const;
/** The latest stretch; cells are known to have changed by the clock of who counts, so it is about now. */
const LAST_MS = Math.floor(Date.now() / 10_000) * 10_000;
const NOW_MS = LAST_MS + 5_000;

function createDeployment() {
  const counts = createCountsStore(redis, { namespace: `answer-${randomUUID()}-` });
  let offset = 0;
  return {
    counts,
    async count(changes: readonly CellChange[]): Promise<void> {
      const place = (at: number) => (at === 0 ? undefined : { offset: at, atMs: NOW_MS });
      await counts.fold('t/0', place(offset), place(++offset)!, changes);
    },
    ask: async (query: QualityQuery): Promise<Answered> =>
      answerQuality(
        {
          counts,
          readJudgements: async () => () => ({ breaker: 'closed', fake_receipts: false }),
          priceOf: () => undefined,
        },
        query,
        NOW_MS,
      ),
  };
}
const sends = (cell: string, startMs: number, submitted = 1): CellChange => ({
  cell,
  buckets: [{ startMs, widthMs: 10_000, counts: { submitted } }],
});
const iso = (ms: number): string => new Date(ms).toISOString();
const answerOf = (answered: Answered): QualityAnswer => {
  if (answered.outcome !== 'answered') throw new Error(`the answer is ${answered.outcome}`);
  return answered.answer;
};

it('whole steps have every send of theirs, whatever was put together before or came late', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          cell: fc.constantFrom('sms|DE|262-01|north', 'sms|IN||south'),
          ago: fc.integer({ min: 0, max: (6 * DAY_MS) / 10_000 }),
          coarsened: fc.boolean(),
        }),
        { maxLength: 20 },
      ),
      fc.constantFrom('minute', 'hour', 'day'),
      fc.integer({ min: 1, max: 5 }),
      async (sent, step, days) => {
        const deployment = createDeployment();
        for (const { cell, ago, coarsened } of sent) {
          await deployment.count([sends(cell, LAST_MS - ago * 10_000)]);
          if (coarsened) await deployment.counts.coarsen(cell, NOW_MS);
        }
        const sinceMs = NOW_MS - days * DAY_MS;
        const { cells, now, since } = answerOf(await deployment.ask({ since: iso(sinceMs), step }));
        const firstMs = Date.parse(since);
        expect([firstMs % STEPS[step], sinceMs - firstMs < STEPS[step]]).toEqual([0, true]);
        // a row of ten minutes that begins before the first step reaches into it
        const beganMs = Math.min(firstMs, ...cells.map(({ start }) => Date.parse(start)));
        const within = (fromMs: number) => sent.filter(({ ago }) => LAST_MS - ago * 10_000 >= fromMs).length;
        const told = cells.reduce((sum, { submitted }) => sum + submitted, 0);
        expect(told).toBeGreaterThanOrEqual(within(firstMs));
        expect(told).toBeLessThanOrEqual(within(beganMs));
        expect(now.map(({ provider }) => provider)).toEqual([...new Set(cells.map(({ provider }) => provider))]);
      },
    ),
    { numRuns: 40 },
  );
});

it('an answer of more than 5,000 rows, or out of more than 500 cells, is refused, and a filter makes it short', async () => {
  const deployment = createDeployment();
  const minutes = Array.from({ length: 130 }, (_, minute) => LAST_MS - minute * MINUTE_MS);
  for (const startMs of minutes)
    await deployment.count(Array.from({ length: 40 }, (_, n) => sends(`sms|DE|262-${10 + n}|north`, startMs)));
  const since = iso(NOW_MS - 3 * HOUR_MS);
  expect(await deployment.ask({ since })).toEqual({ outcome: 'tooMany', what: 'rows' });
  expect(answerOf(await deployment.ask({ since, operator: '262-10' })).cells).toHaveLength(130);
  expect(answerOf(await deployment.ask({ since, step: 'hour' })).cells.length).toBeLessThanOrEqual(4 * 40);
  await deployment.count(Array.from({ length: 500 }, (_, n) => sends(`sms|FR|208-01|p${n}`, LAST_MS)));
  expect(await deployment.ask({})).toEqual({ outcome: 'tooMany', what: 'cells' });
  expect(answerOf(await deployment.ask({ country: 'FR' })).cells).toHaveLength(500);
});

it.each<[QualityQuery, string]>([
  [{ since: iso(NOW_MS), until: iso(NOW_MS) }, 'nothing lies between'],
  [{ since: iso(NOW_MS + HOUR_MS) }, 'until is now'],
  [{ since: '2026-06-30T23:59:60Z' }, 'a leap second is no time to a computer'],
])('%j is refused: %s', async (query, _why) => {
  expect(await createDeployment().ask(query)).toEqual({ outcome: 'invalidTime' });
});

it('a time that nothing is kept of any more has no rows', async () => {
  const deployment = createDeployment();
  await deployment.count([sends('sms|DE|262-01|north', LAST_MS)]);
  const { cells, now, since } = answerOf(
    await deployment.ask({ since: '1970-01-01T00:00:00Z', until: '2000-01-01T00:00:00Z', step: 'day' }),
  );
  expect([cells, now, since]).toEqual([[], [], '1970-01-01T00:00:00.000Z']);
});
