import { BaseError, createVerificationId } from '@watchword/contracts';
import type { LivingProcess, OutboxEntry, Swept } from '@watchword/verification';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import type { EventLimits } from './outbox-pages.ts';
import { createOrphanShipper, type OrphanDeps } from './ship-orphans.ts';

/** Redis' clock; the process' own starts at 0. */
const EPOCH = 1_800_000_000_000;
const id = createVerificationId({ region: 'a', bucket: 1 });
const alive = (...instances: string[]): LivingProcess[] => instances.map((instance) => ({ role: 'verify', instance }));

interface Appended {
  at: number;
  owner: string;
  kind?: string;
}

/** A shipper over outboxes in memory, looked at as `watchBuckets` does. */
function setUp(publish: OrphanDeps['publish']) {
  let now = 0;
  let serial = 0;
  const outboxes = new Map<number, OutboxEntry[]>();
  const quarantined: OutboxEntry[] = [];
  let bodies = 0;
  const warnings: object[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line) as object) });
  const of = (bucket: number): OutboxEntry[] => outboxes.get(bucket) ?? [];
  const remove = async (bucket: number, streamIds: readonly string[]): Promise<void> => {
    outboxes.set(
      bucket,
      of(bucket).filter(({ streamId }) => !streamIds.includes(streamId)),
    );
  };
  const deps = {
    publish: vi.fn(publish),
    onQuarantine: vi.fn(),
    log,
    now: () => now,
    store: {
      removeShipped: remove,
      quarantine: async (entry: OutboxEntry) => {
        quarantined.push(entry);
        await remove(entry.bucket, [entry.streamId]);
      },
    },
  };
  const shipper = createOrphanShipper(deps);
  const sweep = (bucket: number, limits: EventLimits): Swept => {
    const all = of(bucket);
    const from = all.findIndex(({ streamId }) => limits.after === '' || streamId > limits.after);
    const old = (from < 0 ? [] : all.slice(from)).filter(
      ({ streamId }) => Number.parseInt(streamId, 10) <= EPOCH + now - limits.agedMs,
    );
    const waiting = old.slice(0, limits.events);
    bodies += waiting.length;
    const oldest = all[0]?.streamId;
    return {
      now: EPOCH + now,
      due: [],
      oldestAt: oldest === undefined ? undefined : Number.parseInt(oldest, 10),
      waiting,
      recovery: { phase: 'ready', noticedAt: 0, fromMs: 0 },
    };
  };
  return {
    deps,
    quarantined,
    warnings,
    waiting: of,
    append: (bucket: number, { at, owner, kind = 'check' }: Appended): void => {
      const streamId = `${EPOCH + at}-${String(serial++).padStart(9, '0')}`;
      const fields = new Map(Object.entries({ kind, owner, id, event: `${id}.1.${serial}`, at: String(EPOCH + at) }));
      outboxes.set(bucket, [...of(bucket), { bucket, streamId, fields }]);
    },
    /** How many bodies it read. */
    look: async (atMs: number, owned: readonly number[], living: readonly LivingProcess[]): Promise<number> => {
      now = atMs;
      bodies = 0;
      const limitsOf = shipper.plan(owned, living);
      for (const bucket of owned) {
        const limits = limitsOf(bucket);
        shipper.take(bucket, sweep(bucket, limits), limits);
      }
      await new Promise(setImmediate);
      return bodies;
    },
  };
}

const never = (): Promise<void> => new Promise(() => undefined);
const kafkaAway = async (): Promise<void> => {
  throw new BaseError('OTP_BUS_UNAVAILABLE', 'Kafka is away', { retry: true });
};
const works = (): Promise<void> => Promise.resolve();

it('an orphan is published once, however often it is seen while that is under way', async () => {
  const { deps, append, look } = setUp(never);
  append(1, { at: 0, owner: 'gone' });
  for (let ms = 0; ms < 60_000; ms += 250) await look(ms, [1], alive('me'));
  expect(deps.publish).toHaveBeenCalledOnce();
});

it('before the first heartbeat nobody is taken for gone; after 30 s an event is shipped whoever made it', async () => {
  const { deps, append, look } = setUp(works);
  append(1, { at: 0, owner: 'verify-1' });
  for (let ms = 0; ms <= 29_000; ms += 1_000) await look(ms, [1], []);
  expect(deps.publish).not.toHaveBeenCalled();
  await look(30_250, [1], []);
  await look(30_500, [1], []);
  expect(deps.publish).toHaveBeenCalledOnce();
});

it('the bodies of young events are read only when a process has gone, and only what it made is shipped', async () => {
  const { deps, append, look, waiting } = setUp(works);
  const both = alive('me', 'verify-1', 'verify-2');
  await look(0, [1], both);
  await look(250, [1], both);
  append(1, { at: 300, owner: 'verify-1' });
  append(1, { at: 301, owner: 'verify-2' });
  for (let ms = 500; ms < 5_000; ms += 250) expect(await look(ms, [1], both)).toBeLessThanOrEqual(ms === 750 ? 2 : 0);
  await look(5_000, [1], alive('me', 'verify-1'));
  expect(deps.publish).toHaveBeenCalledOnce();
  expect(waiting(1).map(({ fields }) => fields.get('owner'))).toEqual(['verify-1']);
  expect(await look(5_250, [1], alive('me', 'verify-1'))).toBe(0);
});

it('while Kafka does not answer, no look reads more than can be shipped', async () => {
  const { deps, append, look } = setUp(never);
  const owned = Array.from({ length: 256 }, (_, bucket) => bucket);
  for (const bucket of owned) for (let n = 0; n < 20; n++) append(bucket, { at: 0, owner: 'me' });
  await look(40_000, owned, alive('me'));
  const reads: number[] = [];
  for (let ms = 40_250; ms < 45_000; ms += 250) reads.push(await look(ms, owned, alive('me')));
  expect(Math.max(...reads)).toBeLessThanOrEqual(1_000);
  expect(reads.reduce((sum, each) => sum + each)).toBeLessThanOrEqual(2_000);
  expect(deps.publish.mock.calls.length).toBeLessThanOrEqual(1_000);
});

it('while Kafka refuses, the outboxes are tried once a second, and all of it is shipped when Kafka is back', async () => {
  const { deps, append, look, waiting } = setUp(kafkaAway);
  for (let n = 0; n < 500; n++) append(1, { at: 0, owner: 'me' });
  let read = 0;
  for (let ms = 40_000; ms < 50_000; ms += 250) read += await look(ms, [1], alive('me'));
  expect(read).toBeLessThanOrEqual(11 * 200);
  deps.publish.mockImplementation(works);
  for (let ms = 50_000; ms < 60_000; ms += 250) await look(ms, [1], alive('me'));
  expect(waiting(1)).toEqual([]);
});

it('an event that cannot be composed is told once, blocks nothing, and is set aside when no newer version shipped it', async () => {
  const { deps, append, look, waiting, quarantined, warnings } = setUp(works);
  for (let n = 0; n < 300; n++) append(1, { at: 0, owner: 'gone', kind: 'novel' });
  append(1, { at: 1, owner: 'gone' });
  for (let ms = 40_000; ms < 60_000; ms += 250) await look(ms, [1], alive('me'));
  expect(deps.publish).toHaveBeenCalledOnce();
  expect(quarantined).toEqual([]);
  expect(warnings).toHaveLength(300);
  for (let ms = 600_000; ms < 700_000; ms += 250) await look(ms, [1], alive('me'));
  expect(quarantined).toHaveLength(300);
  expect(deps.onQuarantine).toHaveBeenCalledTimes(300);
  expect(waiting(1)).toEqual([]);
  expect(warnings).toHaveLength(600);
});

it('an event that Kafka refuses for good comes ever more rarely and holds up none behind it', async () => {
  const refuse = new BaseError('OTP_BUS_UNAVAILABLE', 'too large', { retry: false });
  let first: string | undefined;
  const { deps, append, look, waiting } = setUp(async (event) => {
    if (event.id === (first ??= event.id)) throw refuse;
  });
  for (let n = 0; n < 5; n++) append(1, { at: n, owner: 'me' });
  for (let ms = 40_000; ms < 160_000; ms += 250) await look(ms, [1], alive('me'));
  expect(waiting(1)).toHaveLength(1);
  expect(deps.publish.mock.calls.length).toBeLessThan(4 + 12);
});
