import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUEUE_LEAST, WORK_AHEAD_MS, estimatePerSecond, keepLooks, planRoom, type QueueLook } from './plan-room.ts';

const look = (more: Partial<QueueLook> = {}): QueueLook => ({
  at: 0,
  added: 0,
  waiting: 0,
  active: 0,
  returning: 0,
  delayed: 0,
  ...more,
});
const room = (more: Partial<QueueLook>, perSecond: number, rest: { highWater?: number; dispatchers?: number } = {}) =>
  planRoom({ look: look(more), perSecond, highWater: 10_000, dispatchers: 1, ...rest });

describe('the workers’ rate', () => {
  it('is what was added and is not there any more, in whatever state it waits', () => {
    const looks = [
      look({ at: 0, added: 1_000, waiting: 100, active: 50, delayed: 10 }),
      look({ at: 500, added: 1_400, waiting: 180, active: 50, delayed: 30 }),
    ];
    expect(estimatePerSecond(looks)).toBe(600);
  });

  it('is none while nobody works, and none that is known from one look', () => {
    expect(estimatePerSecond([look({ at: 0 }), look({ at: 100, added: 30, waiting: 30 })])).toBe(0);
    expect(estimatePerSecond([look()])).toBe(0);
    expect(estimatePerSecond([])).toBe(0);
  });

  it('is measured over a window, and anew after the queue was emptied from outside', () => {
    let looks: QueueLook[] = [];
    for (let at = 0; at <= 5_000; at += 100) looks = keepLooks(looks, look({ at, added: at }));
    expect(looks[0]!.at).toBe(3_000);
    expect(keepLooks(looks, look({ at: 5_100, added: 3 }))).toEqual([look({ at: 5_100, added: 3 })]);
  });
});

describe('the room on a queue', () => {
  it('is half a second of work less what waits for a worker or comes back to wait for one', () => {
    expect(room({ waiting: 100, returning: 50, active: 3_000, delayed: 4_000 }, 1_000)).toBe(500 - 150);
    expect(room({ waiting: 501 }, 1_000)).toBe(0);
  });

  it('is that of an idle queue where no rate is known', () => {
    expect(room({}, 0)).toBe(QUEUE_LEAST);
    expect(room({ waiting: QUEUE_LEAST }, 0)).toBe(0);
  });

  it('ends at the high-water mark, whatever the rate', () => {
    expect(room({ delayed: 990, active: 5 }, 1e6, { highWater: 1_000 })).toBe(5);
    expect(room({ delayed: 1_000 }, 1e6, { highWater: 1_000 })).toBe(0);
  });

  it('is shared by the dispatchers, and never so that none may add', () => {
    expect(room({}, 1_000, { dispatchers: 3 })).toBe(166);
    expect(room({ waiting: QUEUE_LEAST - 1 }, 0, { dispatchers: 8 })).toBe(1);
    expect(room({}, 1_000, { dispatchers: 0 })).toBe(500);
  });
});

/** Ticks of 100 ms, in each of which the workers could finish so many. */
interface Phase {
  ticks: number;
  perTick: number;
}

/** A queue in discrete time, with more waiting for it than it ever takes. @returns for every tick what was added, done, and waits */
function play(phases: readonly Phase[], dispatchers: number) {
  let looks: QueueLook[] = [];
  const total = { added: 0, waiting: 0 };
  const ticks: { added: number; waiting: number; done: number }[] = [];
  for (const { perTick } of phases.flatMap((phase) => Array.from({ length: phase.ticks }, () => phase))) {
    const seen = look({ at: ticks.length * 100, ...total });
    looks = keepLooks(looks, seen);
    const places = planRoom({ look: seen, perSecond: estimatePerSecond(looks), highWater: 10_000, dispatchers });
    const waiting = total.waiting + dispatchers * places;
    const done = Math.min(perTick, waiting);
    ticks.push({ added: dispatchers * places, waiting, done });
    total.added += dispatchers * places;
    total.waiting = waiting - done;
  }
  return ticks;
}

describe('whatever the workers do', () => {
  it('nothing is added above half a second of the work of the last seconds, or the least length', () => {
    const Phases = fc.array(
      fc.record({ ticks: fc.integer({ min: 1, max: 60 }), perTick: fc.integer({ min: 0, max: 400 }) }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(Phases, fc.integer({ min: 1, max: 5 }), (phases, dispatchers) => {
        const ticks = play(phases, dispatchers);
        const above = ticks.filter(({ added, waiting }, n) => {
          const most = Math.max(0, ...ticks.slice(Math.max(0, n - 25), n).map(({ done }) => done));
          return added > 0 && waiting > Math.max(QUEUE_LEAST, (most * 10 * WORK_AHEAD_MS) / 1000) + dispatchers;
        });
        expect(above).toEqual([]);
      }),
    );
  });

  it('they get to their full rate within two seconds, and no slot stays empty then', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), (perTick) => {
        const done = play([{ ticks: 40, perTick }], 1).map((tick) => tick.done);
        expect(new Set(done.slice(20))).toEqual(new Set([perTick]));
      }),
    );
  });
});
