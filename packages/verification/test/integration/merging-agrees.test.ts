import { keysOf } from '@watchword/testkit';
import * as fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { isGap, isLive, type Verification } from '../../src/index.ts';
import { createFixture } from '../fixture.ts';
import { bestReceipt, createLife, happenings, mergeEvent, settledOf, type KnownEvent } from '../merging/history.ts';

const RUNS = 250;
/** On a slow machine fewer runs are made; if those were too few, `seen` says so. */
const TIME_MS = 30_000;

// every lease is over at once, so that attempts can be taken over
const fixture = await createFixture({ submitLeaseMs: 0 });
const { redis, store, namespace } = fixture;
afterAll(() => fixture.close());

const prefix = `{${namespace}b2a}`;
const marker = store.keys.marker(0x2a);
type Keep = { key: string; dump: Buffer; ttl: number }[];

/** Everything of the bucket but its marker. */
async function keysOfBucket(): Promise<string[]> {
  return (await keysOf(redis, `${prefix}*`)).filter((key) => key !== marker);
}

async function remember(): Promise<Keep> {
  const keys = await keysOfBucket();
  return Promise.all(
    keys.map(async (key) => ({
      key,
      dump: (await (redis as Redis).dumpBuffer(key))!,
      ttl: Math.max(0, await redis.pttl(key)),
    })),
  );
}

/** As Redis is after a wipe, or as it was. */
async function lose(kept: Keep): Promise<void> {
  const keys = await keysOfBucket();
  if (keys.length > 0) await redis.del(...keys);
  await Promise.all(kept.map(async ({ key, dump, ttl }) => (redis as Redis).restore(key, ttl, dump, 'REPLACE')));
}

/** What of a bucket must not change when the same events are merged again. */
async function contents(): Promise<Record<string, unknown>> {
  const entries = (await keysOfBucket()).map(async (key) => {
    const type = await redis.type(key);
    if (type === 'hash') return [key, await redis.hgetall(key)] as const;
    if (type === 'zset') return [key, await redis.zrangebyscore(key, '-inf', '+inf', 'WITHSCORES')] as const;
    if (type === 'stream') return [key, await redis.xlen(key)] as const;
    return [key, await redis.get(key)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const wrongChecksOf = async (lookup: string): Promise<string[]> =>
  redis.zrangebyscore(store.keys.wrongChecksPrefix(0x2a) + lookup, '-inf', '+inf', 'WITHSCORES');

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

/** The state that a recovery makes of events is the one from before, as far as events tell it. */
function expectSame(before: Verification, after: Verification, events: readonly KnownEvent[]): void {
  const settled = settledOf(before);
  expect(after.checksUsed).toBe(before.checksUsed);
  for (const attempt of settled) {
    const k = before.attempts.indexOf(attempt) + 1;
    const { receiptAt: _, receiptError: __, ...was } = attempt;
    const is = after.attempts[k - 1];
    expect(is, `attempt ${k}`).toMatchObject({ ...was, receipt: bestReceipt(events, k) });
  }
  if (!isLive(before)) {
    expect([after.status, after.approvedGeneration]).toEqual([before.status, before.approvedGeneration]);
    expect([after.request, after.lookup, after.tags, after.sendState]).toEqual(['', '', {}, 'none']);
    return;
  }
  const told = Math.max(0, ...settled.map(({ send }) => send));
  expect(after.status === 'admitted', 'admitted').toBe(told === 0 && after.send === 0);
  expect(after.send).toBeGreaterThanOrEqual(told);
  expect(after.send).toBeLessThanOrEqual(before.send);
  if (told > 0 && told === before.send) {
    expect([after.send, after.step, after.channel, after.sendState]).toEqual([
      before.send,
      before.step,
      before.channel,
      before.sendState,
    ]);
  }
  expect(after.generation).toBeGreaterThanOrEqual(Math.max(0, ...settled.map(({ generation }) => generation)));
  for (const { generation, state } of settled) {
    if (state === 'rejected' || generation <= before.generation - 3) continue;
    expect(after.tags[generation], `the tag of generation ${generation}`).toBe(before.tags[generation]);
  }
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
          let kept: Keep = at === 0 ? await remember() : [];
          for (const [i, happening] of all.entries()) {
            await life.happen(happening);
            if (i + 1 === at) kept = await remember();
          }
          const before = await fixture.state(life.id);
          const wrong = await wrongChecksOf(life.input.request.lookup);
          const known = await life.known();
          await lose(kept);

          // an approval whose outcome was not shipped yet is known by its check alone
          const checks = unshipped && (before.status === 'approved' || before.status === 'failed');
          const events = checks ? known.filter(({ kind }) => kind !== 'outcome') : known;
          for (const event of ordered(events, order))
            count(`${event.kind} ${await mergeEvent(fixture, life.id, event)}`);
          const after = await fixture.state(life.id);
          count(`${kept.length > 0 ? 'rewound' : 'wiped'} ${before.status} ${checks ? 'by its check' : ''}`);
          expectSame(before, after, events);
          expect(await wrongChecksOf(life.input.request.lookup), 'wrong checks').toEqual(wrong);
          expect(after.attempts.filter(isGap).length).toBeLessThanOrEqual(
            before.attempts.filter(({ state }) => state === 'submitting').length,
          );
          const again = await contents();
          for (const event of ordered(events, [...order].reverse())) await mergeEvent(fixture, life.id, event);
          expect(await contents()).toEqual(again);
          await lose([]);
        },
      ),
      { numRuns: RUNS, interruptAfterTimeLimit: TIME_MS },
    );
    const often = [
      ...['request merged', 'request kept', 'attempt merged', 'attempt kept', 'check merged', 'outcome merged'],
      ...[
        'wiped pending ',
        'wiped approved ',
        'wiped failed ',
        'wiped canceled ',
        'rewound pending ',
        'rewound approved ',
      ],
    ];
    expect(
      often.filter((each) => !seen.has(each)),
      JSON.stringify([...seen]),
    ).toEqual([]);
  },
);
