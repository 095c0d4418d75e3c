import { BaseError } from '@watchword/contracts';
import type { Swept } from '@watchword/verification';
import { pino } from 'pino';
import { expect, it, onTestFinished, vi } from 'vitest';
import { watchBuckets } from './watch-buckets.ts';

function watch(sweep: (bucket: number) => Promise<Swept>) {
  const lines: { msg: string; failed?: number }[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) });
  const deps = {
    deadlines: { wants: () => 200, offer: vi.fn(), stop: vi.fn(async () => undefined) },
    orphans: {
      plan: () => () => ({ events: 0, after: '', agedMs: 0 }),
      take: vi.fn(),
      stop: vi.fn(async () => undefined),
    },
    recoverer: { notice: vi.fn(), stop: vi.fn(async () => undefined) },
    onLook: vi.fn(),
  };
  const watching = watchBuckets({
    ...deps,
    store: { sweep },
    instance: 'me',
    living: () => [],
    pollMs: 1,
    log,
  });
  onTestFinished(() => watching.stop());
  return { ...deps, watching, lines };
}

const recovery = { phase: 'ready', noticedAt: 0, fromMs: 0 } as const;
const swept = (oldestAt?: number): Swept => ({
  now: 50_000,
  due: [{ id: 'v', kind: 'life' }],
  oldestAt,
  waiting: [],
  recovery,
});

it('a bucket that does not answer holds up no other, and its outage is told once', async () => {
  let healthy = false;
  const { deadlines, onLook, lines } = watch(async (bucket) => {
    if (bucket % 2 === 0 && !healthy) throw new BaseError('OTP_STATE_UNAVAILABLE', 'away', { retry: true });
    return swept(bucket === 7 ? 20_000 : undefined);
  });
  await vi.waitFor(() => expect(onLook.mock.calls.length).toBeGreaterThan(3));
  expect(new Set(deadlines.offer.mock.calls.map(([bucket]) => bucket as number)).size).toBe(128);
  expect(onLook).toHaveBeenLastCalledWith({ buckets: 256, oldestEventMs: 30_000 });
  expect(lines).toMatchObject([{ msg: 'deadlines cannot be looked at', failed: 128 }]);
  healthy = true;
  await vi.waitFor(() => expect(lines.at(-1)).toMatchObject({ msg: 'deadlines are looked at again' }));
  expect(lines).toHaveLength(2);
});

it('every look is over all buckets and begins at another one', async () => {
  const asked: number[] = [];
  const { onLook } = watch(async (bucket) => {
    asked.push(bucket);
    return swept();
  });
  await vi.waitFor(() => expect(onLook.mock.calls.length).toBeGreaterThan(2));
  expect([asked[0], asked[256], asked[512]]).toEqual([0, 1, 2]);
  expect(new Set(asked.slice(256, 512)).size).toBe(256);
});

it('with no answer from any bucket no look came through', async () => {
  const { watching, onLook, lines } = watch(async () => {
    throw new BaseError('OTP_STATE_UNAVAILABLE', 'away', { retry: true });
  });
  await vi.waitFor(() => expect(watching.sinceLookMs()).toBeGreaterThan(30));
  expect(onLook).not.toHaveBeenCalled();
  expect(lines).toHaveLength(1);
});

it('stopping looks no more and waits for what was handed on', async () => {
  const { watching, deadlines, orphans, recoverer, onLook } = watch(async () => swept());
  await vi.waitFor(() => expect(onLook).toHaveBeenCalled());
  await watching.stop();
  expect(deadlines.stop).toHaveBeenCalledOnce();
  expect(orphans.stop).toHaveBeenCalledOnce();
  expect(recoverer.stop).toHaveBeenCalledOnce();
  expect(recoverer.notice).toHaveBeenCalledWith(255, recovery, 50_000);
});
