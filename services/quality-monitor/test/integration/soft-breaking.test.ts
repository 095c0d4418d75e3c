import { randomUUID } from 'node:crypto';
import { breakerName, createBreakerStore } from '@watchword/quality';
import {
  BUCKET_MS,
  cellKey,
  DELAY_BIN_ENDS_MS,
  NO_COUNTS,
  NO_RECEIPTS,
  NO_SCORES,
  type Bucket,
  type BucketDelta,
  type Cell,
} from '@watchword/routing';
import { connectGivenRedis } from '@watchword/testkit';
import { pino } from 'pino';
import { afterAll, expect, inject, it } from 'vitest';
import { createSoftBreaking, type SeenRound } from '../../src/soft-breaking.ts';

const redis = connectGivenRedis(inject('redis'));
afterAll(async () => {
  await redis.quit();
});

const START = 1_790_000_000_000;
const MINUTE = 60_000;
const ROUTE = { channel: 'sms', country: 'DE', operator: '262-01' } as const;
const cellOf = (provider: string): Cell => ({ ...ROUTE, provider });
const NORTH = breakerName.soft(cellOf('north'));
const oneTyped = DELAY_BIN_ENDS_MS.map((_, bin) => (bin === 0 ? 1 : 0));

function monitor(namespace = `${randomUUID()}:`) {
  const store = createBreakerStore(redis, { namespace });
  const open: unknown[] = [];
  const lines: string[] = [];
  const breaking = createSoftBreaking({
    store,
    onOpen: (counts) => open.push(counts),
    log: pino({}, { write: (line) => void lines.push(line) }),
  });
  return { breaking, open, lines, namespace, store: createBreakerStore(redis, { namespace }) };
}

/** A route on which south delivers, and north as much as it is said to; plenty of sends. */
function seen(nowMs: number, collapse: number, probes: BucketDelta = {}, changed = true): SeenRound {
  const bucket = (ageMs: number, delta: BucketDelta): Bucket => ({
    ...NO_COUNTS,
    ...delta,
    startMs: Math.floor((nowMs - ageMs) / BUCKET_MS) * BUCKET_MS,
    widthMs: BUCKET_MS,
  });
  const recent: Record<string, Bucket[]> = {
    [cellKey(cellOf('south'))]: [bucket(5 * MINUTE, { submitted: 3_000 })],
    [cellKey(cellOf('north'))]: [bucket(0, probes)],
  };
  const score = (chance: number) => ({ mean: 0.9, upper: 0.9, n: 100, collapse: chance });
  const routes = new Map([['sms|DE|262-01', new Map(Object.entries({ north: score(collapse), south: score(0.01) }))]]);
  return {
    scores: { ...NO_SCORES, atMs: nowMs, routes },
    changed: changed ? Object.keys(recent) : [],
    cell: (key) => ({ recent: recent[key] ?? [], usual: NO_RECEIPTS }),
  };
}

const kept = async (store: ReturnType<typeof createBreakerStore>) => (await store.readChanged()) ?? new Map();

it('opens, leaves a probe to delivery, lets more follow it, closes, and says so once each', async () => {
  const { breaking, open, lines, store } = monitor();
  await breaking.round(seen(START, 0.99), START);
  const tripped = (await kept(store)).get(NORTH)!;
  expect(tripped.breaker).toMatchObject({ tripped: true, openUntilMs: START + MINUTE });
  const due = START + MINUTE;
  // delivery claims a probe between two rounds
  await store.swap(NORTH, tripped, { ...tripped.breaker, probeUntilMs: due + MINUTE });
  await breaking.round(seen(due + 1_000, 0.95, { submitted: 1 }, false), due + 1_000);
  expect((await kept(store)).get(NORTH)!.breaker).toMatchObject({ tripped: true, probeUntilMs: due + MINUTE });
  await breaking.round(seen(due + 5_000, 0.8, { submitted: 1, converted: oneTyped }), due + 5_000);
  expect((await kept(store)).get(NORTH)!.breaker).toMatchObject({ tripped: true, probeUntilMs: due + 5_000 });
  await breaking.round(seen(due + 9_000, 0.05, { submitted: 1, converted: oneTyped }), due + 9_000);
  expect((await kept(store)).get(NORTH)!.breaker.tripped).toBe(false);
  await breaking.round(seen(due + 10_000, 0.05), due + 10_000);
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    expect.stringContaining('not typed'),
    expect.stringContaining('gets sends of this route again'),
  ]);
  expect(open).toEqual([
    { provider: 0, cell: 0, soft: 0 },
    ...[1, 1, 1].map((soft) => ({ provider: 0, cell: 0, soft })),
    { provider: 0, cell: 0, soft: 0 },
  ]);
});

it('goes on where another monitor left off, and does not take a probe back that was begun meanwhile', async () => {
  const first = monitor();
  await first.breaking.round(seen(START, 0.99), START);
  const second = monitor(first.namespace);
  const due = START + MINUTE;
  await second.breaking.round(seen(due, 0.95), due);
  const read = (await kept(first.store)).get(NORTH)!;
  const claimed = { ...read.breaker, probeUntilMs: due - 1 };
  await first.store.swap(NORTH, read, claimed);
  await second.breaking.round(seen(due, 0.95, { submitted: 1 }), due);
  expect((await kept(first.store)).get(NORTH)!.breaker).toMatchObject({ openings: 2, openUntilMs: due + 2 * MINUTE });
});

it('forgets what nobody has asked for in an hour, of whatever kind, and what has long been closed', async () => {
  const { breaking, store, lines } = monitor();
  const at = { openings: 1, probeUntilMs: 0 };
  await store.swap('hard|gone', undefined, { ...at, tripped: true, openUntilMs: START - 61 * MINUTE });
  await store.swap('hard|closed', undefined, { ...at, tripped: false, openUntilMs: START - 16 * MINUTE });
  await store.swap('hard|asked', undefined, { ...at, tripped: true, openUntilMs: START - MINUTE });
  await breaking.round({ ...seen(START, 0.01), changed: [] }, START);
  expect([...(await kept(store)).keys()]).toEqual(['hard|asked']);
  expect(lines, 'nobody has got anything back').toEqual([]);
});
