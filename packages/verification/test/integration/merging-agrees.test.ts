import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { isGap, type AdmitInput } from '../../src/index.ts';
import { createFixture } from '../fixture.ts';
import { expectSame } from '../merging/expect-same.ts';
import { createLife, happenings, mergeEvent, type KnownEvent } from '../merging/history.ts';

const RUNS = 400;
const BUCKET = 0x2a;
const DAY_MS = 86_400_000;
/** On a slow machine fewer runs are made, and whether they have seen everything is not asked. */
const TIME_MS = 30_000;

// every lease is over at once, so that attempts can be taken over
const fixture = await createFixture({ submitLeaseMs: 0 });
const { redis, store } = fixture;
afterAll(() => fixture.close());

/** Everything that a bucket holds of one verification. */
function keysOf({ id, request }: AdmitInput) {
  const { keys } = store;
  return {
    record: keys.record(id),
    lookup: keys.lookup(BUCKET, request.lookup),
    sends: keys.sends(BUCKET, request.recipients[0]!.limit_key),
    wrongChecks: keys.wrongChecksPrefix(BUCKET) + request.lookup,
    deadlines: keys.deadlines(BUCKET),
    outbox: keys.outbox(BUCKET),
  };
}

/** By key, as Redis gives it to be restored. */
async function dumpOf(input: AdmitInput): Promise<Map<string, Buffer>> {
  const names = Object.values(keysOf(input));
  const dumps = await Promise.all(names.map(async (key) => redis.dumpBuffer(key)));
  return new Map(names.map((key, i) => [key, dumps[i]!]));
}

/** What must not change when the same events are merged again. */
async function contentsOf(input: AdmitInput): Promise<unknown> {
  const keys = keysOf(input);
  const sets = [keys.sends, keys.wrongChecks, keys.deadlines];
  return Promise.all([
    redis.hgetall(keys.record),
    redis.get(keys.lookup),
    redis.xlen(keys.outbox),
    ...sets.map(async (key) => redis.zrangebyscore(key, '-inf', '+inf', 'WITHSCORES')),
  ]);
}

/** As Redis is after a wipe, or as it was. */
async function lose(input: AdmitInput, kept: ReadonlyMap<string, Buffer>): Promise<void> {
  await redis.del(...Object.values(keysOf(input)));
  await Promise.all([...kept].map(async ([key, dump]) => dump && redis.restore(key, DAY_MS, dump)));
}

const wrongChecksOf = async (lookup: string): Promise<string[]> =>
  redis.zrangebyscore(store.keys.wrongChecksPrefix(BUCKET) + lookup, '-inf', '+inf', 'WITHSCORES');

/** Requests come first and receipts last, as a recovery reads them; else in any order, and again. */
function ordered(events: readonly KnownEvent[], random: readonly number[]): KnownEvent[] {
  const shuffled = events
    .map((event, i) => ({ event, at: random[i % random.length]! + i / 1_000 }))
    .sort((a, b) => a.at - b.at)
    .map(({ event }) => event);
  const again = shuffled.filter((_, i) => random[i % random.length]! % 3 === 0);
  const rank = ({ kind }: KnownEvent): number => (kind === 'request' ? 0 : kind === 'receipt' ? 2 : 1);
  return [...shuffled, ...again].sort((a, b) => rank(a) - rank(b));
}

test(
  'whatever happened, and whatever Redis still has: its events bring back what it was, in any order, and again changes nothing',
  { timeout: 90_000 },
  async () => {
    const seen = new Map<string, number>();
    const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
    let n = 0;
    const random = fc.array(fc.nat(1_000), { minLength: 30, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        happenings,
        fc.option(fc.nat(12), { nil: undefined }),
        fc.boolean(),
        random,
        async (all, at, unshipped, order) => {
          const life = await createLife(fixture, `person-${n++}`);
          let kept = at === 0 ? await dumpOf(life.input) : new Map<string, Buffer>();
          for (const [i, happening] of all.entries()) {
            await life.happen(happening);
            if (i + 1 === at) kept = await dumpOf(life.input);
          }
          const before = await fixture.state(life.id);
          const wrong = await wrongChecksOf(life.input.request.lookup);
          const known = await life.known();
          await lose(life.input, kept);

          // an approval whose outcome was not shipped yet is known by its check alone
          const checks = unshipped && (before.status === 'approved' || before.status === 'failed');
          const events = checks ? known.filter(({ kind }) => kind !== 'outcome') : known;
          for (const event of ordered(events, order))
            count(`${event.kind} ${await mergeEvent(fixture, life.id, event)}`);
          const after = await fixture.state(life.id);
          count(kept.size > 0 ? 'rewound' : 'wiped');
          count(before.status);
          if (checks) count('known by its check');
          expectSame(before, after, events);
          expect(await wrongChecksOf(life.input.request.lookup), 'wrong checks').toEqual(wrong);
          expect(after.attempts.filter(isGap).length).toBeLessThanOrEqual(
            before.attempts.filter(({ state }) => state === 'submitting').length,
          );
          const again = await contentsOf(life.input);
          for (const event of ordered(events, [...order].reverse())) await mergeEvent(fixture, life.id, event);
          expect(await contentsOf(life.input)).toEqual(again);
          await lose(life.input, new Map());
        },
      ),
      { numRuns: RUNS, interruptAfterTimeLimit: TIME_MS },
    );
    const often = [
      'request merged',
      'request kept',
      'attempt merged',
      'attempt kept',
      'check merged',
      'outcome merged',
      'wiped',
      'rewound',
      'known by its check',
      'pending',
      'approved',
      'failed',
      'canceled',
    ];
    // a machine that is too slow for all of them has not seen everything
    const missed = n < RUNS ? [] : often.filter((each) => !seen.has(each));
    expect(missed).toEqual([]);
  },
);
