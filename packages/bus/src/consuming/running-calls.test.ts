import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRunningCalls, HANDLER_LATE_MS } from './running-calls.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a call that does not return is told once, with its age, and stays the oldest until it ends', async () => {
  const onLate = vi.fn<(what: string, runningMs: number) => void>();
  const calls = createRunningCalls<string>({ onLate, now: Date.now });
  expect(calls.oldestMs()).toBe(0);
  const endFirst = calls.begin('first');
  await vi.advanceTimersByTimeAsync(HANDLER_LATE_MS - 10_000);
  calls.begin('second')();
  const endThird = calls.begin('third');
  expect(onLate).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(onLate.mock.calls.map(([what]) => what)).toEqual(['first', 'third']);
  expect(onLate.mock.calls[0]![1]).toBeLessThan(HANDLER_LATE_MS + 5_000);
  expect(calls.oldestMs()).toBe(HANDLER_LATE_MS + 290_000);
  endFirst();
  expect(calls.oldestMs()).toBe(300_000);
  endThird();
  expect(calls.oldestMs()).toBe(0);
  calls.stop();
  expect(vi.getTimerCount()).toBe(0);
});
