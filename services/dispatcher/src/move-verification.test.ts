import type { Verification } from '@watchword/verification';
import { expect, it, vi } from 'vitest';
import { createMover, type MoveDeps } from './move-verification.ts';

function bench(verification: Partial<Verification> | undefined) {
  const store = {
    read: vi.fn(async () => ({ now: 1, verification: verification as Verification | undefined, waitsFor: 'reading' })),
    callAgain: vi.fn(async () => ({ outcome: 'called', now: 1 })),
    rearm: vi.fn(),
    advance: vi.fn(),
  };
  const onMove = vi.fn();
  const deps = {
    store,
    outbox: { ship: vi.fn() },
    enqueue: vi.fn(),
    gate: { enter: vi.fn() },
    sendWindows: () => [],
    onMove,
  };
  return { move: createMover(deps as unknown as MoveDeps), store, onMove };
}

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
