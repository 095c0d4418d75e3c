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

const rest = async (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const RUN = {
  state: 'reading',
  buckets: 256,
  topic: 'otp.request.v1',
  read: 5,
  total: 9,
  records: 5,
  skipped: 0,
  startedAt: 7,
  at: 8,
} as const satisfies Progress['runs'][string];
const FOR_A_SECOND = { yes: true, sinceMs: 1_000 };

test('asks every bucket for the time that Redis counts, shows what is read, and ends when all are ready', async () => {
  const { asked, lines, store, terminal } = setUp([
    READY,
    progress({ asked: 256 }),
    progress({ reading: 256 }, { d: RUN }),
    progress({ ready: 256 }, { d: { ...RUN, state: 'done', records: 42 } }),
  ]);
  const code = recover(store, { sinceMs: 60_000, yes: true }, terminal, rest);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await code).toBe(0);
  expect(asked).toHaveLength(256);
  expect(asked[255]).toEqual([255, 10_000_000 - 60_000]);
  expect(lines.join('\n')).toMatch(/256 asked\n.*otp\.request\.v1 5\/9\n.*\nRecovered: 42 events/);
});

test('counts what was read since it asked: not what was read before, nor by dispatchers that do nothing now', async () => {
  const dead = { ...RUN, state: 'reading', records: 1_000 } as const;
  const over = { ...RUN, state: 'done', records: 300 } as const;
  const { lines, store, terminal } = setUp([
    progress({ ready: 256 }, { dead, over, again: over, goesOn: { ...RUN, records: 10 } }),
    progress(
      { ready: 256 },
      {
        dead,
        over,
        again: { ...over, records: 20, startedAt: 9, at: 10 },
        goesOn: { ...RUN, state: 'done', records: 15, at: 10 },
      },
    ),
  ]);
  const code = recover(store, FOR_A_SECOND, terminal, rest);
  await vi.advanceTimersByTimeAsync(500);
  expect(await code).toBe(0);
  expect(lines.at(-1)).toMatch(/^Recovered: 25 events were read again by 2 dispatchers/);
});

test('waits for the last word of a dispatcher whose buckets are ready, but not for ever', async () => {
  const reading = progress({ ready: 256 }, { d: { ...RUN, state: 'settling', records: 5 } });
  const last = setUp([READY, reading, progress({ ready: 256 }, { d: { ...RUN, state: 'done', records: 42 } })]);
  const code = recover(last.store, FOR_A_SECOND, last.terminal, rest);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await code).toBe(0);
  expect(last.lines.at(-1)).toContain('Recovered: 42 events');
  const silent = setUp([READY, reading]);
  const late = recover(silent.store, FOR_A_SECOND, silent.terminal, rest);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(await late).toBe(0);
  expect(silent.lines.at(-1)).toContain('Recovered: 5 events');
});

test('says what could not be read, and that it is missing', async () => {
  const run = { ...RUN, state: 'done', skipped: 3 } as const;
  const { lines, store, terminal } = setUp([READY, progress({ ready: 256 }, { d: run })]);
  expect(await recover(store, FOR_A_SECOND, terminal, rest)).toBe(0);
  expect(lines.at(-1)).toContain('3 more could not be read');
});

test('shows tries that fail, and ends when nothing has moved for a minute', async () => {
  const failed = { ...RUN, state: 'failed', fault: 'OTP_BUS_UNAVAILABLE', records: 5 } as const;
  const reading = (records: number, at: number) => progress({ reading: 256 }, { d: { ...RUN, records, at } });
  // fails at the same place again and again
  const looks = Array.from({ length: 70 }, (_, n) => [
    reading(n % 5, n),
    progress({ reading: 256 }, { d: { ...failed, at: n } }),
  ]).flat();
  const { lines, store, terminal } = setUp([READY, ...looks]);
  let code: number | undefined;
  void recover(store, FOR_A_SECOND, terminal, rest).then((given) => (code = given));
  await vi.advanceTimersByTimeAsync(59_000);
  expect(code).toBeUndefined();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(code).toBe(1);
  expect(lines.join('\n')).toContain('256 reading, d failed (OTP_BUS_UNAVAILABLE) and tries again');
  expect(lines.at(-1)).toContain('Nothing has moved for a minute');
});

test('goes on watching for as long as something moves', async () => {
  const looks = Array.from({ length: 300 }, (_, n) => progress({ reading: 256 }, { d: { ...RUN, records: n, at: n } }));
  const { lines, store, terminal } = setUp([READY, ...looks, READY]);
  const code = recover(store, FOR_A_SECOND, terminal, rest);
  await vi.advanceTimersByTimeAsync(151_000);
  expect(await code).toBe(0);
  expect(lines.at(-1)).toContain('Recovered');
});

test('does nothing without a yes', async () => {
  const no = setUp([READY], false);
  expect(await recover(no.store, { sinceMs: 1_000, yes: false }, no.terminal, rest)).toBe(1);
  const nobody = setUp([READY]);
  expect(await recover(nobody.store, { sinceMs: 1_000, yes: false }, nobody.terminal, rest)).toBe(2);
  expect([...no.asked, ...nobody.asked]).toEqual([]);
});

test('says after a while that no dispatcher runs', async () => {
  const { asked, lines, store, terminal } = setUp([READY, progress({ ready: 255, asked: 1 })]);
  const code = recover(store, { sinceMs: 1_000, bucket: 7, yes: true }, terminal, rest);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(await code).toBe(1);
  expect(asked.map(([bucket]) => bucket)).toEqual([7]);
  expect(lines.at(-1)).toContain('No dispatcher');
});
