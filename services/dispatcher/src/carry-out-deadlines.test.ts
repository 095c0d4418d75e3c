import { BaseError } from '@watchword/contracts';
import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { createDeadlineWork } from './carry-out-deadlines.ts';
import type { Mover } from './move-verification.ts';

function setUp(move: Mover) {
  let now = 0;
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const mover = vi.fn(move);
  const work = createDeadlineWork({ move: mover, log, now: () => now });
  return { work, mover, lines, passTo: (ms: number) => void (now = ms) };
}

const ids = (count: number, prefix = 'v') => Array.from({ length: count }, (_, n) => ({ id: `${prefix}${n}` }));
const settled = (): Promise<void> => new Promise(setImmediate);
const queueAway = async () => {
  throw new BaseError('OTP_QUEUE_UNAVAILABLE', 'the queue is away', { retry: true });
};

it('moves no more than 64 at once, none of them twice, and a look waits for none of them', () => {
  const { work, mover } = setUp(() => new Promise(() => undefined));
  for (let look = 0; look < 5; look++) work.offer(1, ids(200));
  expect(mover).toHaveBeenCalledTimes(64);
  expect(new Set(mover.mock.calls.map(([id]) => id)).size).toBe(64);
});

it('begins the rest as soon as there is room', async () => {
  const { work, mover } = setUp(() => Promise.resolve('moved'));
  work.offer(1, ids(500));
  await vi.waitFor(() => expect(mover).toHaveBeenCalledTimes(500));
});

it('leaves alone what failed, ever longer, and tells of an outage in few lines', async () => {
  const { work, mover, lines, passTo } = setUp(queueAway);
  for (let ms = 0; ms < 60_000; ms += 250) {
    passTo(ms);
    work.offer(1, ids(50));
    await settled();
  }
  // after 1, 2, 4, 8, 16 and 30 s
  expect(mover.mock.calls.length).toBeLessThanOrEqual(50 * 7);
  expect(lines.length).toBeLessThanOrEqual(6);
});

it('asks for more where some keep failing, so that they hide nobody', async () => {
  const stuck = ids(300, 'stuck');
  const { work, mover } = setUp(async (id) => (id.startsWith('stuck') ? queueAway() : 'moved'));
  /** As Redis has them: the stuck ones have been due longest, with up to four deadlines each. */
  const due = [...stuck.flatMap((each) => [each, each, each, each]), ...ids(10)];
  for (let look = 0; look < 10; look++) {
    work.offer(1, due.slice(0, work.wants(1)));
    await settled();
    await settled();
  }
  const moved = new Set(mover.mock.calls.map(([id]) => id));
  expect(ids(10).every(({ id }) => moved.has(id))).toBe(true);
});

it('stopping begins nothing more and waits for what was begun', async () => {
  const move = Promise.withResolvers<'moved'>();
  const { work, mover } = setUp(() => move.promise);
  work.offer(1, ids(100));
  const stopped = vi.fn();
  const stopping = work.stop().then(stopped);
  await settled();
  expect(stopped).not.toHaveBeenCalled();
  move.resolve('moved');
  await stopping;
  work.offer(1, ids(10, 'late'));
  expect(mover).toHaveBeenCalledTimes(64);
});
