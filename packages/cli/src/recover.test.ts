import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { recover } from './recover.ts';

type Progress = Awaited<ReturnType<Parameters<typeof recover>[0]['readRecovery']>>;
const progress = (buckets: Partial<Progress['buckets']>, runs: Progress['runs'] = {}): Progress => ({
  now: 10_000_000,
  buckets: { ready: 0, reading: 0, settling: 0, lost: 0, asked: 0, ...buckets },
  runs,
});
const READY = progress({ ready: 256 });

/** A store whose recovery goes through the given looks, and a terminal that remembers. */
function setUp(looks: Progress[], answer?: boolean) {
  const asked: [number, number][] = [];
  const lines: string[] = [];
  const store = {
    askRecovery: async (bucket: number, fromMs: number) => void asked.push([bucket, fromMs]),
    readRecovery: async () => (looks.length > 1 ? looks.shift()! : looks[0]!),
  };
  const terminal = {
    out: (line: string) => void lines.push(line),
    err: (line: string) => void lines.push(line),
    ask: answer === undefined ? undefined : async () => answer,
  };
  return { asked, lines, store, terminal };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('asks every bucket for the time that Redis counts, shows what is read, and ends when all are ready', async () => {
  const run = {
    state: 'reading',
    buckets: 256,
    topic: 'otp.request.v1',
    read: 5,
    total: 9,
    records: 5,
    startedAt: 1,
    at: 1,
  };
  const done = { ...run, state: 'done', records: 42 };
  const { asked, lines, store, terminal } = setUp([
    READY,
    progress({ asked: 256 }),
    progress({ reading: 256 }, { d: run } as Progress['runs']),
    progress({ ready: 256 }, { d: done } as Progress['runs']),
  ]);
  const code = recover(store, { sinceMs: 60_000, yes: true }, terminal);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await code).toBe(0);
  expect(asked).toHaveLength(256);
  expect(asked[255]).toEqual([255, 10_000_000 - 60_000]);
  expect(lines.join('\n')).toMatch(/256 asked\n.*otp\.request\.v1 5\/9\n.*\nRecovered: 42 events/);
});

test('does nothing without a yes', async () => {
  const no = setUp([READY], false);
  expect(await recover(no.store, { sinceMs: 1_000, yes: false }, no.terminal)).toBe(1);
  const nobody = setUp([READY]);
  expect(await recover(nobody.store, { sinceMs: 1_000, yes: false }, nobody.terminal)).toBe(2);
  expect([...no.asked, ...nobody.asked]).toEqual([]);
});

test('says after a while that no dispatcher runs', async () => {
  const { asked, lines, store, terminal } = setUp([READY, progress({ ready: 255, asked: 1 })]);
  const code = recover(store, { sinceMs: 1_000, bucket: 7, yes: true }, terminal);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await code).toBe(1);
  expect(asked.map(([bucket]) => bucket)).toEqual([7]);
  expect(lines.at(-1)).toContain('No dispatcher');
});
