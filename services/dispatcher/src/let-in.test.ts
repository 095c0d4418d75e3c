import { setImmediate as turn } from 'node:timers/promises';
import { BaseError } from '@watchword/contracts';
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
  let fault: (id: string) => Error | undefined = () => undefined;
  const tried: string[] = [];
  let wake: () => void = () => undefined;
  const gate: ChannelGate = createChannelGate({ onEntered: () => undefined, onWaiting: () => wake() }, clock);
  const send = (id: string, tenant = 'shop'): SendToOpen => ({
    channel: 'sms',
    id,
    tenant,
    createdAt: 0,
    expiresAt: 1e9,
    first: true,
    here: true,
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
    tried.push(id);
    const thrown = fault(id);
    if (thrown) throw thrown;
    if (ended.has(id) || gate.enter(send(id, tenants.get(id))) === 'wait') return;
    went.push(id);
    queue.waiting++;
    queue.added++;
    gate.arrived(id);
  };
  const letting = startLettingIn({
    gate,
    depth,
    move,
    bucketOf: (id) => Number(id.slice(1)) % 3,
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
    tried,
    failWith: (faultOf: (id: string) => Error | undefined) => void (fault = faultOf),
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
const away = (code: 'OTP_QUEUE_UNAVAILABLE' | 'OTP_STATE_UNAVAILABLE') => new BaseError(code, 'away', { retry: true });
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

  it('tries again when the queue takes nobody, in the same order, and those who ended take nobody’s place', async () => {
    const { arrive, pass, gate, ended, went, faults, failWith, letting } = bench({ perSecond: 1_000 });
    await pass(20);
    gate.setRoom(0, 0);
    for (const id of names(120)) await arrive(id);
    for (const id of names(60)) ended.add(id);
    failWith(() => away('OTP_QUEUE_UNAVAILABLE'));
    await pass(1_000);
    expect(faults).toContain('a waiting send could not be let in');
    expect(gate.waiting()).toBe(120);
    failWith(() => undefined);
    await pass(1_500);
    expect(went.toSorted()).toEqual(names(120).slice(60).toSorted());
    await letting.stop();
  });

  it('a bucket that is away holds up no other: its sends leave the line, and few of them are tried', async () => {
    const { arrive, pass, gate, went, tried, failWith, letting } = bench({ perSecond: 1_000 });
    await pass(20);
    gate.setRoom(0, 0);
    for (const id of names(300)) await arrive(id);
    tried.length = 0;
    const lost = (id: string) => Number(id.slice(1)) % 3 === 0;
    failWith((id) => (lost(id) ? away('OTP_STATE_UNAVAILABLE') : undefined));
    await pass(600);
    expect(went).toEqual(names(300).filter((id) => !lost(id)));
    expect(gate.waiting()).toBe(0);
    expect(tried.filter(lost).length).toBeLessThan(40);
    failWith(() => undefined);
    await pass(1_000);
    gate.setRoom(0, 0);
    for (const id of names(300).filter(lost)) await arrive(id);
    await pass(600);
    expect(went.filter(lost)).toHaveLength(100);
    await letting.stop();
  });

  it('one that cannot be read loses its own place only', async () => {
    const { arrive, pass, gate, went, failWith, letting } = bench({ perSecond: 1_000 });
    await pass(20);
    gate.setRoom(0, 0);
    for (const id of names(200)) await arrive(id);
    failWith((id) => (Number(id.slice(1)) < 40 ? new TypeError('broken') : undefined));
    await pass(600);
    expect(went).toEqual(names(200).slice(40));
    await letting.stop();
  });
});
