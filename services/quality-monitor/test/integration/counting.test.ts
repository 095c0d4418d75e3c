import { randomUUID } from 'node:crypto';
import {
  ATTEMPT_TOPIC,
  OUTCOME_TOPIC,
  RECEIPT_TOPIC,
  type AttemptEvent,
  type OutcomeEvent,
  type ReceiptEvent,
} from '@watchword/contracts';
import { createCountsStore, type CountsStore } from '@watchword/quality';
import { foldBuckets, type Bucket } from '@watchword/routing';
import { connectGivenRedis } from '@watchword/testkit';
import * as fc from 'fast-check';
import { afterAll, expect, inject, it, vi } from 'vitest';
import { createPartitionCount, type PartitionCount, type PartitionRecord } from '../../src/partition-count.ts';

const redis = connectGivenRedis(inject('redis'));
afterAll(async () => {
  await redis.quit();
});

const T0 = 1_790_000_000_000;
const SECOND = 1_000;
const idOf = (n: number): string =>
  `vf_1a11${n
    .toString(6)
    .replaceAll(/[01]/g, (digit) => 'ab'[Number(digit)]!)
    .padStart(26, 'c')}`;
const providers = ['north', 'south'] as const;

/** A verification's life, as events with the times at which they reached the log. */
interface Life {
  n: number;
  provider: (typeof providers)[number];
  at: number;
  state: AttemptEvent['state'];
  /** Undefined: not taken over. Else what its worker says later. */
  revised: AttemptEvent['state'] | undefined;
  receipts: { status: 'delivered' | 'undelivered'; after: number }[];
  end: 'approved' | 'canceled' | 'expired';
  endAfter: number;
}

const SETTLED_AFTER = 100;
const REVISED_AFTER = 20 * SECOND;

interface LogRecord extends Omit<PartitionRecord, 'offset'> {
  /** Of the log that it belongs to. */
  log: string;
}

function recordsOf(life: Life): LogRecord[] {
  const { n, provider, state } = life;
  const claimedAt = T0 + life.at;
  const id = idOf(n);
  const cell = { provider, channel: 'sms', country: 'DE', operator: '262-01' } as const;
  const common = { verification_id: id, version: 2, tenant: 'shop', purpose: 'login' };
  const isCanceled = (after: number): boolean => life.end === 'canceled' && life.endAfter <= after;
  const attempt = (settled: AttemptEvent['state'], revised: boolean, after: number): LogRecord => {
    const takenOver = life.revised !== undefined;
    const event: AttemptEvent = {
      ...common,
      ...cell,
      attempt_id: `${id}.1`,
      step: 0,
      send: 1,
      generation: 1,
      tag: 'p1.x',
      state: settled,
      ...(settled !== 'accepted' && { error: 'timeout' }),
      claimed_at: claimedAt,
      settled_at: claimedAt + 90,
      taken_over: takenOver,
      revised,
      ...(isCanceled(after) && { withdrawn: true }),
    };
    return recordOf(ATTEMPT_TOPIC, `${id}.2.${revised ? 'r' : 'a'}`, claimedAt + after, event);
  };
  const records = [attempt(life.revised === undefined ? state : 'unknown', false, SETTLED_AFTER)];
  if (life.revised !== undefined) records.push(attempt(life.revised, true, REVISED_AFTER));
  for (const { status, after } of life.receipts) {
    const event: ReceiptEvent = {
      verification_id: id,
      attempt_id: `${id}.1`,
      ...cell,
      submitted_at: claimedAt,
      status,
      raw_status: status,
      received_at: claimedAt + after,
      ...(isCanceled(after) && { withdrawn: true }),
    };
    records.push(recordOf(RECEIPT_TOPIC, `${id}.1.receipt.${status}${after}`, claimedAt + after, event));
  }
  const ended: OutcomeEvent = {
    ...common,
    outcome: life.end,
    created_at: claimedAt,
    ended_at: claimedAt + life.endAfter,
    checks_used: 1,
    attempts: 1,
    ...(life.end === 'approved' && { generation: 1, attempt_id: `${id}.1`, ...cell, submitted_at: claimedAt }),
    ...(life.end === 'canceled' &&
      life.endAfter > SETTLED_AFTER &&
      isOut(life) && { withdrawn: [{ ...cell, submitted_at: claimedAt, ...receiptBefore(life) }] }),
  };
  records.push(recordOf(OUTCOME_TOPIC, `${id}.3.o`, claimedAt + life.endAfter, ended));
  return records;
}

/** Whether its message may be with the person when the verification ends, or is by then on its way. */
function isOut({ state, revised, endAfter }: Life): boolean {
  const first = revised === undefined ? state : 'unknown';
  return (endAfter > REVISED_AFTER ? (revised ?? first) : first) !== 'rejected';
}

function receiptBefore({ receipts, endAfter }: Life): { receipt?: 'delivered' | 'undelivered' } {
  const last = receipts.findLast(({ after }) => after < endAfter);
  return last ? { receipt: last.status } : {};
}

function recordOf(topic: string, id: string, timestampMs: number, event: object): LogRecord {
  return { log: topic, topic, id, timestampMs, value: Buffer.from(JSON.stringify(event)) };
}

/** The topics' logs, one partition each: in the order of time, some records again soon after. */
function logsOf(lives: readonly Life[], repeats: readonly number[]): Map<string, PartitionRecord[]> {
  const all = lives.flatMap(recordsOf);
  const again = repeats.flatMap((pick) => {
    const record = all[pick % all.length];
    return record ? [{ ...record, timestampMs: record.timestampMs + 30 * SECOND }] : [];
  });
  const byLog = Map.groupBy([...all, ...again], ({ log }) => log);
  return new Map(
    [...byLog].map(([log, records]) => [
      log,
      records
        .toSorted((left, right) => left.timestampMs - right.timestampMs)
        .map((record, offset): PartitionRecord => ({ ...record, offset })),
    ]),
  );
}

/** What the counts have to be, from what happened alone. */
function truthOf(lives: readonly Life[]) {
  const of = (provider: string) => lives.filter((life) => life.provider === provider);
  const reached = ({ state, revised }: Life): boolean => (revised ?? state) !== 'rejected';
  return Object.fromEntries(
    providers.map((provider) => {
      const sent = of(provider).filter(reached);
      const definite = (life: Life) => life.receipts.map(({ status }) => status);
      const gone = (life: Life): boolean => life.end === 'canceled';
      const waitedFor = of(provider).filter((life) => !gone(life));
      return [
        provider,
        {
          submitted: sent.filter((life) => !gone(life)).length,
          withdrawn: of(provider).filter((life) => gone(life) && isOut(life)).length,
          converted: of(provider).filter(({ end, endAfter }) => end === 'approved' && endAfter <= 180 * SECOND).length,
          delivered: waitedFor.filter((life) => definite(life).includes('delivered')).length,
          undelivered: waitedFor.filter((life) => {
            const words = definite(life);
            return words.includes('undelivered') && !words.includes('delivered');
          }).length,
        },
      ];
    }),
  );
}

async function countedIn(store: CountsStore): Promise<Record<string, Record<string, number>>> {
  const cells = await store.read(providers.map((provider) => `sms|DE|262-01|${provider}`));
  const sum = (buckets: readonly Bucket[], of: (bucket: Bucket) => number): number =>
    buckets.reduce((total, bucket) => total + of(bucket), 0);
  return Object.fromEntries(
    providers.map((provider, index) => {
      const buckets = cells[index]!;
      return [
        provider,
        {
          submitted: sum(buckets, ({ submitted }) => submitted),
          withdrawn: sum(buckets, ({ withdrawn }) => withdrawn),
          converted: sum(buckets, ({ converted }) => converted.reduce((total, count) => total + count, 0)),
          delivered: sum(buckets, ({ delivered }) => delivered),
          undelivered: sum(buckets, ({ undelivered }) => undelivered),
        },
      ];
    }),
  );
}

/** A member of the group, with the partitions' records that it is brought. */
function createMember(store: CountsStore, logs: ReadonlyMap<string, PartitionRecord[]>) {
  const counts = new Map<string, PartitionCount>();
  const taken: Promise<void>[] = [];
  const countOf = (log: string): PartitionCount => {
    let count = counts.get(log);
    if (!count) {
      count = createPartitionCount({
        store,
        partition: `${log}/0`,
        onRecord: () => undefined,
        async readAgain(fromMs, before, take) {
          for (const record of logs.get(log)!) if (record.offset < before && record.timestampMs >= fromMs) take(record);
        },
      });
      counts.set(log, count);
    }
    return count;
  };
  return {
    take(log: string, record: PartitionRecord): void {
      const told = countOf(log).take(record);
      told.catch(() => undefined);
      taken.push(told);
    },
    flush: async () => Promise.all([...counts.values()].map(async (count) => count.flush())),
    told: async () => Promise.allSettled(taken),
  };
}

const life = fc.record({
  provider: fc.constantFrom(...providers),
  at: fc.integer({ min: 0, max: 3_600 * SECOND }),
  state: fc.constantFrom('accepted', 'accepted', 'unknown', 'rejected'),
  revised: fc.option(fc.constantFrom('accepted', 'rejected'), {
    nil: undefined,
    freq: 5,
  }),
  receipts: fc.subarray([
    { status: 'undelivered', after: 3 * SECOND },
    { status: 'delivered', after: 8 * SECOND },
  ] as Life['receipts']),
  end: fc.constantFrom('approved', 'canceled', 'expired'),
  endAfter: fc.oneof(fc.integer({ min: 0, max: 25 * SECOND }), fc.integer({ min: 25 * SECOND, max: 300 * SECOND })),
});
/** What happens to the members: who goes on with which log from where, and what of it Redis does not answer. */
const turn = fc.record({
  member: fc.nat({ max: 2 }),
  back: fc.nat({ max: 20 }),
  ahead: fc.integer({ min: 1, max: 60 }),
  /** The member is made anew first, with nothing remembered. */
  crash: fc.boolean(),
  fault: fc.constantFrom('none', 'none', 'refused', 'answer lost'),
});

it('counts each event once, whoever brings it how often, through crashes, rebalances and lost answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(life, { minLength: 1, maxLength: 60 }),
      fc.array(fc.nat(), { maxLength: 10 }),
      fc.array(turn, { maxLength: 25 }),
      async (drawn, repeats, turns) => {
        // an attempt that was refused for good converts nobody and brings no receipts
        const lives = drawn.map((each, n): Life => {
          const refused = (each.revised ?? each.state) === 'rejected';
          const end = refused && each.end === 'approved' ? 'expired' : each.end;
          return { ...each, n, end, receipts: refused ? [] : each.receipts };
        });
        const logs = logsOf(lives, repeats);
        const store = createCountsStore(redis, { namespace: `quality-${randomUUID()}-` });
        let fault: 'none' | 'refused' | 'answer lost' = 'none';
        const shaky: CountsStore = {
          ...store,
          async fold(...given) {
            if (fault === 'refused') throw new Error('Redis is away');
            const folded = await store.fold(...given);
            if (fault === 'answer lost') throw new Error('the answer was lost');
            return folded;
          },
        };
        const members = [0, 1, 2].map(() => createMember(shaky, logs));
        const positions = new Map([...logs.keys()].map((log) => [log, 0]));
        for (const each of turns) {
          if (each.crash) members[each.member] = createMember(shaky, logs);
          const member = members[each.member]!;
          for (const [log, records] of logs) {
            const from = Math.max(0, positions.get(log)! - each.back);
            const to = Math.min(records.length, from + each.back + each.ahead);
            for (const record of records.slice(from, to)) member.take(log, record);
            // what was told is what the group commits: a fault leaves it where it was
            if (each.fault !== 'refused') positions.set(log, to);
          }
          fault = each.fault as typeof fault;
          await member.flush();
          fault = 'none';
          // the answer that was lost is asked for again by the retry of its records
          await member.flush();
        }
        const last = createMember(store, logs);
        for (const [log, records] of logs) for (const record of records) last.take(log, record);
        for (let flush = 0; flush < 3; flush++) await last.flush();
        expect((await last.told()).every(({ status }) => status === 'fulfilled')).toBe(true);
        expect(await countedIn(store)).toEqual(truthOf(lives));
      },
    ),
    { numRuns: 60 },
  );
});

it('what a broker with a slower clock stamped after a change of leaders is counted once', async () => {
  const lives = Array.from({ length: 4 }, (_, n): Life => ({
    n,
    provider: 'north',
    at: 0,
    state: 'accepted',
    revised: undefined,
    receipts: [],
    end: 'expired',
    endAfter: 60 * SECOND,
  }));
  const logs = new Map([
    [
      ATTEMPT_TOPIC,
      lives.flatMap(recordsOf).flatMap((record, at): PartitionRecord[] => {
        if (record.log !== ATTEMPT_TOPIC) return [];
        return [{ ...record, offset: at / 2, timestampMs: T0 + (at < 4 ? 5 * SECOND : at) }];
      }),
    ],
  ]);
  const store = createCountsStore(redis, { namespace: `quality-${randomUUID()}-` });
  // each begins anew, before the commit of the one before it
  for (let member = 0; member < 3; member++) {
    const one = createMember(store, logs);
    for (const record of logs.get(ATTEMPT_TOPIC)!) one.take(ATTEMPT_TOPIC, record);
    await one.flush();
    await one.told();
  }
  expect((await countedIn(store))['north']).toMatchObject({ submitted: 4 });
});

it('a cell without traffic is forgotten', async () => {
  const store = createCountsStore(redis, { namespace: `quality-${randomUUID()}-` });
  const count = async (offset: number, cell: string): Promise<void> => {
    const [from, to] = [
      { offset, atMs: T0 },
      { offset: offset + 1, atMs: T0 },
    ];
    const bucket = { startMs: T0, widthMs: 10_000, counts: { submitted: 1 } };
    await store.fold('t/0', offset === 0 ? undefined : from, to, [{ cell, buckets: [bucket] }]);
  };
  const known = async () => (await store.changedSince(0)).map(({ cell }) => cell);
  vi.useFakeTimers({ toFake: ['Date'], now: T0 });
  await count(0, 'sms|DE||old');
  vi.setSystemTime(T0 + 8 * 24 * 3_600 * SECOND);
  await count(1, 'sms|DE||north');
  expect(await known()).toEqual(['sms|DE||old', 'sms|DE||north']);
  vi.setSystemTime(T0 + 8 * 24 * 3_600 * SECOND + 1);
  await count(2, 'sms|DE||south');
  vi.useRealTimers();
  expect(await known()).toEqual(['sms|DE||north', 'sms|DE||south']);
});

it('old buckets are put together without losing a count, and what is a week old is gone', async () => {
  const store = createCountsStore(redis, { namespace: `quality-${randomUUID()}-` });
  const cell = 'sms|DE||north';
  const now = T0 + 8 * 24 * 3_600 * SECOND;
  const ages = [30, 400, 700, 3_700, 21_000, 23_000, 90_000, 600_000, 612_000].map((seconds) => seconds * SECOND);
  const buckets = ages.map((age) => ({
    startMs: Math.floor((now - age) / 10_000) * 10_000,
    widthMs: 10_000,
    counts: { submitted: 3, delivered: 1, errors: { timeout: 2 } },
  }));
  await store.fold('t/0', undefined, { offset: 1, atMs: now }, [{ cell, buckets }]);
  const [before] = await store.read([cell]);
  await store.coarsen(cell, now);
  const [after] = await store.read([cell]);
  const byStart = (left: Bucket, right: Bucket): number => left.startMs - right.startMs;
  expect(after!.toSorted(byStart)).toEqual(foldBuckets(before!, now));
  expect(after!.reduce((sum, { submitted }) => sum + submitted, 0)).toBe(3 * (ages.length - 1));
  expect(new Set(after!.map(({ widthMs }) => widthMs))).toEqual(new Set([10_000, 60_000, 600_000]));
});
