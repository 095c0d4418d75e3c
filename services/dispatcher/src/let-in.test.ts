import { setImmediate as turn } from 'node:timers/promises';
import type { QueueDepth } from '@watchword/queues';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChannelGate, type ChannelGate, type SendToOpen } from './channel-gate.ts';
import { startLettingIn } from './let-in.ts';
import { QUEUE_LEAST } from './plan-room.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A queue in memory whose workers take `perSecond`, and verifications that go on to it when they are moved. */
function bench({ perSecond = 0, dispatchers = 1, highWater = 10_000 } = {}) {
  const clock = () => performance.now();
  const queue = { waiting: 0, added: 0, away: false, workedAt: clock(), looks: 0 };
  const went: string[] = [];
  const ended = new Set<string>();
  const faults: string[] = [];
  let cannotMove = false;
  let wake: () => void = () => undefined;
  const gate: ChannelGate = createChannelGate({ onEntered: () => undefined, onWaiting: () => wake() }, clock);
  const send = (id: string, tenant = 'shop'): SendToOpen => ({
    channel: 'sms',
    id,
    tenant,
    createdAt: 0,
    expiresAt: 1e9,
    first: true,
    now: clock(),
  });
  const tenants = new Map<string, string>();

  function work(): void {
    const done = Math.min(queue.waiting, Math.floor(((clock() - queue.workedAt) / 1000) * perSecond));
    if (done > 0 || queue.waiting === 0) queue.workedAt = clock();
    queue.waiting -= done;
  }
  const depth = async (): Promise<QueueDepth> => {
    queue.looks++;
    if (queue.away) throw new Error('away');
    work();
    return { waiting: queue.waiting, active: 0, delayed: 0, returning: 0, added: queue.added };
  };
  const move = async (id: string): Promise<void> => {
    await Promise.resolve();
    if (cannotMove) throw new Error('no state');
    if (ended.has(id) || gate.enter(send(id, tenants.get(id))) === 'wait') return;
    went.push(id);
    queue.waiting++;
    queue.added++;
  };
  const letting = startLettingIn({
    gate,
    depth,
    move,
    highWater,
    dispatchers: () => dispatchers,
    onLook: () => undefined,
    onLetIn: () => undefined,
    onFault: (_, what) => faults.push(what),
  });
  wake = letting.wake;
  return {
    gate,
    queue,
    went,
    ended,
    faults,
    letting,
    breakMoves: (broken: boolean) => void (cannotMove = broken),
    arrive: async (id: string, tenant?: string) => {
      if (tenant !== undefined) tenants.set(id, tenant);
      await move(id);
    },
    pass: async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left -= 10) {
        await turn();
        await vi.advanceTimersByTimeAsync(10);
      }
      await turn();
    },
  };
}
const names = (count: number, prefix = 'a') => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('letting in', () => {
  it('keeps the queue at its least while no worker takes anything, and the rest in line', async () => {
    const { arrive, pass, queue, gate, letting } = bench();
    await pass(20);
    for (const id of names(200)) await arrive(id);
    await pass(3_000);
    expect(queue.waiting).toBe(QUEUE_LEAST);
    expect(gate.waiting()).toBe(200 - QUEUE_LEAST);
    await letting.stop();
  });

  it('follows the workers: all go, each once, in the order they came', async () => {
    const { arrive, pass, went, letting } = bench({ perSecond: 400 });
    await pass(20);
    for (const id of names(1_000)) await arrive(id);
    await pass(4_000);
    expect(went).toEqual(names(1_000));
    await letting.stop();
  });

  it('lets another tenant’s go within a look or two, whatever waits', async () => {
    const { arrive, pass, went, letting } = bench({ perSecond: 400 });
    await pass(20);
    for (const id of names(1_000)) await arrive(id);
    await pass(1_000);
    await arrive('small', 'other');
    expect(went).not.toContain('small');
    await pass(200);
    expect(went).toContain('small');
    await letting.stop();
  });

  it('looks at once when somebody begins to wait, and seldom while all is quiet', async () => {
    const { arrive, pass, queue, went, letting } = bench({ perSecond: 1e6 });
    await pass(100);
    const before = queue.looks;
    await pass(2_000);
    expect(queue.looks - before).toBeLessThanOrEqual(5);
    for (const id of names(QUEUE_LEAST + 10)) await arrive(id);
    await pass(30);
    expect(went).toHaveLength(QUEUE_LEAST + 10);
    await letting.stop();
  });

  it('lets nobody in while the queue is away, tells it, and all when it is back', async () => {
    const { arrive, pass, queue, went, faults, letting } = bench({ perSecond: 1_000 });
    await pass(20);
    queue.away = true;
    await pass(600);
    for (const id of names(100)) await arrive(id);
    await pass(2_000);
    expect(went).toEqual([]);
    expect(faults).toContain('a queue could not be looked at');
    queue.away = false;
    await pass(1_500);
    expect(went).toEqual(names(100));
    await letting.stop();
  });

  it('tries again who could not be moved, in the same order, and those who ended take nobody’s place', async () => {
    const { arrive, pass, gate, ended, went, faults, breakMoves, letting } = bench({ perSecond: 1_000 });
    await pass(20);
    gate.setRoom(0);
    for (const id of names(120)) await arrive(id);
    for (const id of names(60)) ended.add(id);
    breakMoves(true);
    await pass(1_000);
    expect(faults).toContain('a waiting send could not be let in');
    expect(gate.waiting()).toBe(120);
    breakMoves(false);
    await pass(1_500);
    expect(went.toSorted()).toEqual(names(120).slice(60).toSorted());
    await letting.stop();
  });
});
