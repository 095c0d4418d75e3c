import { createVerificationId } from '@watchword/contracts';
import type { SpanStart, Spans } from '@watchword/runtime';
import type { AdmittedRequest, Verification } from '@watchword/verification';
import { expect, it, vi } from 'vitest';
import { createMover, type MoveDeps } from './move-verification.ts';

function bench(
  verification: Partial<Verification> | undefined,
  waitsFor: 'reading' | 'settling' | '' = 'reading',
  spans?: Spans,
) {
  const store = {
    read: vi.fn(async () => ({ now: 1, verification: verification as Verification | undefined, waitsFor })),
    defer: vi.fn(async () => ({ outcome: 'deferred', now: 1 })),
    expire: vi.fn(async () => ({ outcome: 'expired', now: 1, entries: [] })),
    callAgain: vi.fn(async () => ({ outcome: 'called', now: 1 })),
    rearm: vi.fn(),
    advance: vi.fn(async () => ({ outcome: 'advanced', now: 1 })),
  };
  const onMove = vi.fn();
  const enqueue = vi.fn();
  const enter = vi.fn((_send: { here: boolean }) => 'go');
  const arrived = vi.fn();
  const owns = vi.fn(() => true);
  const deps = {
    store,
    owns,
    outbox: { ship: vi.fn() },
    enqueue,
    gate: { enter, arrived, restMs: () => 12_000 },
    sendWindows: () => [],
    onMove,
    spans,
  };
  return { move: createMover(deps as unknown as MoveDeps), store, enqueue, enter, arrived, owns, onMove };
}

const ID = createVerificationId({ region: 'a', bucket: 7 });
const LIVE = { id: 'v', status: 'pending' } as const;

it('moves nothing while events of its bucket are read, and is called again after that', async () => {
  const { move, store, onMove } = bench(LIVE);
  expect(await move('v', 'request')).toBe('held');
  expect(await move('v', 'receipt')).toBe('held');
  expect(store.callAgain.mock.calls).toEqual([['v'], ['v']]);
  expect([store.advance.mock.calls, store.rearm.mock.calls, onMove.mock.calls]).toEqual([[], [], []]);
});

it('leaves a deadline that called meanwhile where it is', async () => {
  const { move, store } = bench(LIVE);
  expect(await move('v', 'deadline')).toBe('held');
  expect([store.callAgain.mock.calls, store.rearm.mock.calls]).toEqual([[], []]);
});

it('takes no deadlines away of what is not restored yet', async () => {
  const { move, store } = bench(undefined);
  expect(await move('v', 'deadline')).toBe('absent');
  expect(store.rearm).not.toHaveBeenCalled();
});

const request = { workflow: [{ channel: 'sms', timeout_ms: 60_000, recipient: 0 }] } as unknown as AdmittedRequest;
const waits: Partial<Verification>[] = [
  { status: 'admitted', step: 0, send: 0 },
  { status: 'pending', step: 0, send: 1, sendState: 'open', lease: 0, command: '1-1', asked: '' },
];

it.each(waits)('puts no send of before a loss on the queue while nobody may claim it: $status', async (state) => {
  const live = { id: ID, version: 3, expiresAt: 600_000, stepDeadline: 0, attempts: [], request, ...state };
  const { move, store, enqueue, enter, onMove } = bench(live, 'settling');
  for (const trigger of ['request', 'deadline'] as const) expect(await move('v', trigger)).toBe('moved');
  expect(store.defer.mock.calls).toEqual([
    [live, 1_500],
    [live, 1_500],
  ]);
  expect([store.advance.mock.calls, enqueue.mock.calls, enter.mock.calls]).toEqual([[], [], []]);
  expect(onMove.mock.calls).toEqual([['wait'], ['wait']]);
  const whole = bench(live, '');
  await whole.move('v', 'deadline');
  expect(whole.enqueue).toHaveBeenCalledOnce();
});

it('ends what is over while what was under way may still come in', async () => {
  const { move, store } = bench({ ...LIVE, expiresAt: 1, attempts: [], request }, 'settling');
  await move('v', 'deadline');
  expect(store.expire).toHaveBeenCalledOnce();
});

it('a send that waits does so at the dispatcher that looks after its bucket, which is called at once', async () => {
  const admitted: Partial<Verification> = { id: ID, status: 'admitted', expiresAt: 600_000, attempts: [], request };
  const { move, store, enter, owns } = bench(admitted, '');
  enter.mockReturnValue('wait');
  await move(ID, 'request');
  expect(store.defer, 'its deadline is set').not.toHaveBeenCalled();
  owns.mockReturnValue(false);
  await move(ID, 'request');
  expect(store.defer.mock.calls).toEqual([[admitted, 0]]);
  // whoever found the deadline has just looked after the bucket
  await move(ID, 'deadline');
  expect(store.defer.mock.calls[1]).toEqual([admitted, 12_000]);
  expect(enter.mock.calls.map(([{ here }]) => here)).toEqual([true, false, true]);
  expect(owns).toHaveBeenCalledWith(7);
});

it('whose move is over is told to the gate, however it ended', async () => {
  const admitted: Partial<Verification> = {
    id: ID,
    status: 'admitted',
    version: 1,
    step: 0,
    send: 0,
    attempts: [],
    request,
    expiresAt: 600_000,
    stepDeadline: 0,
  };
  const { move, enqueue, arrived, enter } = bench(admitted, '');
  enqueue.mockRejectedValueOnce(new Error('away'));
  await expect(move(ID, 'request')).rejects.toThrow('away');
  await move(ID, 'request');
  expect(arrived.mock.calls).toEqual([
    ['sms', ID],
    ['sms', ID],
  ]);
  enter.mockReturnValue('wait');
  await move(ID, 'request');
  expect(arrived).toHaveBeenCalledTimes(2);
});

it('where it traces, a move is a span of its verification, and a look that finds nothing to do is none', async () => {
  const told: SpanStart[] = [];
  const run = async (start: SpanStart, work: (span: undefined) => Promise<unknown>): Promise<unknown> => {
    told.push(start);
    return work(undefined);
  };
  const spans = { run } as unknown as Spans;
  const over = { ...LIVE, traceparent: '00-a-b-01', expiresAt: 1, attempts: [], request };
  const { move, store } = bench(over, '', spans);
  await move('v', 'deadline');
  expect(store.expire).toHaveBeenCalledOnce();
  expect(told).toEqual([
    {
      name: 'expire',
      kind: 'internal',
      origin: { from: 'verification', traceparent: '00-a-b-01' },
      attributes: { 'watchword.verification.id': 'v', 'watchword.trigger': 'deadline' },
    },
  ]);
  const ended = bench({ ...over, status: 'approved', request: undefined }, '', spans);
  await ended.move('v', 'deadline');
  expect(ended.store.rearm).toHaveBeenCalledOnce();
  expect(told).toHaveLength(1);
});
