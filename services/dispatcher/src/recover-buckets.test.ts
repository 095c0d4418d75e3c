import type { Bus, IncomingEvent } from '@watchword/bus';
import { BaseError, createVerificationId } from '@watchword/contracts';
import type { RecoveryRun } from '@watchword/verification';
import { pino } from 'pino';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { SETTLE_MARGIN_MS } from './noticed-buckets.ts';
import { recoverBuckets } from './recover-buckets.ts';
import { RECOVERED_TOPICS } from './recover-events.ts';

const CALL_MS = 8_000;
const SETTLE_MS = CALL_MS + SETTLE_MARGIN_MS;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['setTimeout', 'performance', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
});

type Read = Parameters<Bus['read']>[0];

const away = new BaseError('OTP_STATE_UNAVAILABLE', 'away', { retry: true });
const eventOf = (bucket: number) =>
  ({ topic: RECOVERED_TOPICS[0], key: createVerificationId({ region: 'a', bucket }) }) as IncomingEvent;
const bucketOf = ({ key }: IncomingEvent): number => Number.parseInt(key.slice(5, 7), 16);

function bench(read: (options: Read) => Promise<{ records: number; skipped: number }>) {
  const lines: { msg: string }[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as { msg: string }) });
  const runs: RecoveryRun[] = [];
  const reads: Read[] = [];
  const merged: IncomingEvent[] = [];
  const ended: string[] = [];
  const lost = new Set<number>();
  const recovered: [string, number][] = [];
  const recoverer = recoverBuckets({
    callMs: CALL_MS,
    store: {
      endRecovery: async (bucket, part) => {
        if (lost.has(bucket)) throw away;
        ended.push(`${part} ${bucket}`);
        return part === 'reading' ? 'settling' : 'ready';
      },
      reportRecovery: async (_instance, run) => void runs.push(run),
    },
    read: async (options) => {
      reads.push(options);
      return read(options);
    },
    merge: (buckets) => async (event) => {
      if (lost.has(bucketOf(event))) throw away;
      if (buckets.has(7)) merged.push(event);
    },
    instance: 'me',
    log,
    onRecovering: () => undefined,
    onRecovered: (part, seconds) => recovered.push([part, seconds]),
    rest: async (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve();
        setTimeout(resolve, ms);
        signal.addEventListener('abort', () => resolve());
      }),
  });
  onTestFinished(async () => recoverer.stop());
  const notice = (bucket: number, fromMs: number) =>
    recoverer.notice(bucket, { phase: 'reading', noticedAt: Date.now(), fromMs }, Date.now());
  return { recoverer, notice, reads, merged, ended, lost, runs, recovered, lines };
}

const empty = async () => ({ records: 0, skipped: 0 });
const pass = async (ms: number) => vi.advanceTimersByTimeAsync(ms);
const statesOf = (runs: readonly RecoveryRun[]) => runs.map(({ state }) => state);
const topicsOf = (reads: readonly Read[]) => reads.flatMap(({ topics }) => topics);

it('reads every topic once for all buckets of a loss, and what came in meanwhile once more', async () => {
  const event = eventOf(7);
  const { notice, reads, merged, ended, runs, recovered, lines } = bench(async ({ handle, onProgress }) => {
    await handle(event);
    onProgress?.({ read: 1, total: 1 });
    return { records: 1, skipped: 0 };
  });
  notice(7, 400);
  notice(8, 300);
  await pass(499);
  expect(reads).toEqual([]);
  await pass(10);
  expect(topicsOf(reads)).toEqual([...RECOVERED_TOPICS]);
  expect(new Set(reads.map(({ fromMs }) => fromMs))).toEqual(new Set([300]));
  expect(reads.every(({ mustExist }) => mustExist)).toBe(true);
  expect(ended.sort()).toEqual(['reading 7', 'reading 8']);
  await pass(SETTLE_MS - 600);
  expect(reads).toHaveLength(RECOVERED_TOPICS.length);
  await pass(200);
  expect(topicsOf(reads.slice(RECOVERED_TOPICS.length))).toEqual([...RECOVERED_TOPICS]);
  expect(reads.at(-1)!.fromMs).toBe(1_000_000 - 10_000);
  expect(ended.slice(2).sort()).toEqual(['settling 7', 'settling 8']);
  expect(merged).toHaveLength(2 * RECOVERED_TOPICS.length);
  expect(recovered.map(([part, seconds]) => [part, Math.round(seconds * 10) / 10])).toEqual([
    ['reading', 0.5],
    ['settling', SETTLE_MS / 1_000],
  ]);
  expect(statesOf(runs)).toEqual(expect.arrayContaining(['reading', 'settling']));
  expect([runs[0]!.state, runs.at(-1)!.state]).toEqual(['reading', 'done']);
  expect(lines.map(({ msg }) => msg)).toEqual([
    'buckets are being recovered',
    'buckets are recovered',
    'buckets are being recovered',
    'buckets are recovered',
  ]);
  await pass(60_000);
  expect(reads).toHaveLength(2 * RECOVERED_TOPICS.length);
});

it('tells what all parts and tries of a recovery have read, and what could not be read', async () => {
  let reads = 0;
  const { notice, runs, lines } = bench(async ({ onProgress }) => {
    reads += 1;
    if (reads === 2) throw new BaseError('OTP_BUS_UNAVAILABLE', 'away', { retry: true });
    onProgress?.({ read: 12, total: 12 });
    return { records: 10, skipped: reads === 3 ? 2 : 0 };
  });
  notice(7, 0);
  await pass(60_000);
  const parts = 2 * RECOVERED_TOPICS.length;
  expect(runs.at(-1)).toMatchObject({ state: 'done', records: parts * 10, skipped: 2 });
  expect(new Set(runs.map(({ startedAt }) => startedAt)).size).toBe(1);
  expect(lines.map(({ msg }) => msg).filter((msg) => msg.includes('without'))).toHaveLength(1);
  notice(8, 0);
  const before = runs.length;
  await pass(60_000);
  expect(runs[before]).toMatchObject({ records: 0, skipped: 0 });
  expect(runs[before]!.startedAt).toBeGreaterThan(runs[0]!.startedAt);
  expect(runs.at(-1)).toMatchObject({ state: 'done', records: parts * 10, skipped: 0 });
});

it('buckets that are lost again do not keep the others from being restored, and are restored once a sweep names them', async () => {
  const { notice, reads, merged, ended, lost, lines } = bench(async ({ handle }) => {
    for (const bucket of [7, 8]) {
      // as the bus does it: a fault of Redis is tried again
      for (let done = false; !done;) {
        done = await handle(eventOf(bucket)).then(
          () => true,
          () => new Promise((resolve) => void setTimeout(() => resolve(false), 100)),
        );
      }
    }
    return { records: 2, skipped: 0 };
  });
  for (const bucket of [7, 8, 9]) notice(bucket, 0);
  lost.add(8).add(9);
  await pass(30_000);
  expect(ended).toEqual(['reading 7', 'settling 7']);
  expect(merged.map(bucketOf)).toEqual(Array.from(merged, () => 7));
  expect(reads).toHaveLength(2 * RECOVERED_TOPICS.length);
  expect(lines.map(({ msg }) => msg).filter((msg) => msg.includes('could not be reached'))).toHaveLength(1);
  lost.clear();
  notice(8, 0);
  notice(9, 0);
  await pass(20_000);
  expect(ended.slice(2).sort()).toEqual(['reading 8', 'reading 9', 'settling 8', 'settling 9']);
});

it('tries again until it works, and soon after Kafka is back; ends nothing before', async () => {
  let healthy = false;
  const { notice, reads, ended, runs } = bench(async () => {
    if (!healthy) throw new BaseError('OTP_BUS_UNAVAILABLE', 'away', { retry: true });
    return empty();
  });
  notice(7, 0);
  await pass(510);
  expect([reads.length, runs.at(-1)]).toMatchObject([1, { state: 'failed', fault: 'OTP_BUS_UNAVAILABLE' }]);
  await pass(1_000);
  expect(reads).toHaveLength(2);
  await pass(1_000);
  expect(reads).toHaveLength(2);
  await pass(120_000);
  expect(reads.length).toBeLessThan(65);
  expect(ended).toEqual([]);
  healthy = true;
  await pass(2_100);
  expect(ended[0]).toBe('reading 7');
  await pass(10_000);
  expect(ended).toEqual(['reading 7', 'settling 7']);
});

it('a bucket that is noticed while others are read gets the next run', async () => {
  const gate = Promise.withResolvers<void>();
  const { notice, reads, ended } = bench(async () => {
    await gate.promise;
    return empty();
  });
  notice(7, 0);
  await pass(510);
  notice(9, 50);
  await pass(1_000);
  expect(reads).toHaveLength(1);
  gate.resolve();
  await pass(100);
  expect(ended).toEqual(['reading 7', 'reading 9']);
  expect(reads[RECOVERED_TOPICS.length]!.fromMs).toBe(50);
});

it('stopping gives the reading up', async () => {
  const { recoverer, notice, reads, ended, runs } = bench(
    async ({ signal }) =>
      new Promise((_, reject) => {
        signal!.addEventListener('abort', () => reject(new BaseError('OTP_BUS_CLOSED', 'given up', { retry: false })));
      }),
  );
  notice(7, 0);
  await pass(510);
  await recoverer.stop();
  expect([reads.length, ended, statesOf(runs)]).toEqual([1, [], ['reading']]);
});
