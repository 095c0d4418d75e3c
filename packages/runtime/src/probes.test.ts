import { pino } from 'pino';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createReadiness } from './probes.ts';
import type { ReadinessState } from './probes.ts';

const log = pino({ level: 'silent' });
const READY: ReadinessState = { ready: true };

afterEach(() => {
  vi.useRealTimers();
});

/** A readiness on false timers, whose clock runs with them. */
async function started(checks: Parameters<typeof createReadiness>[0]['checks'], advisory: string[] = []) {
  vi.useFakeTimers();
  const readiness = createReadiness({ checks, advisory, log, now: () => Date.now() });
  const starting = readiness.start();
  await vi.advanceTimersByTimeAsync(900);
  await starting;
  return readiness;
}

describe('readiness', () => {
  test('is not ready before every part was asked', () => {
    const readiness = createReadiness({ checks: { a: () => READY }, log });
    expect(readiness.report()).toEqual({ ready: false, parts: { a: { ready: false, reason: 'not asked yet' } } });
  });

  test('names the part that is not ready, and why', async () => {
    const readiness = await started({
      good: () => READY,
      said: () => ({ ready: false, reason: 'full' }),
      threw: () => Promise.reject(Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' })),
      silent: () => new Promise<ReadinessState>(() => undefined),
    });
    expect(readiness.report()).toEqual({
      ready: false,
      parts: {
        good: { ready: true },
        said: { ready: false, reason: 'full' },
        threw: { ready: false, reason: 'ECONNREFUSED' },
        silent: { ready: false, reason: 'no answer in 900 ms' },
      },
    });
    readiness.stop();
  });

  test('tells the truth within 2 s, both ways, even of a part that hangs', async () => {
    let answer: ReadinessState | 'hang' = READY;
    const readiness = await started({
      a: () => (answer === 'hang' ? new Promise<ReadinessState>(() => undefined) : answer),
    });
    expect(readiness.report().ready).toBe(true);
    answer = 'hang';
    await vi.advanceTimersByTimeAsync(2000);
    expect(readiness.report().ready).toBe(false);
    answer = READY;
    await vi.advanceTimersByTimeAsync(2000);
    expect(readiness.report().ready).toBe(true);
    readiness.stop();
  });

  test('an advisory part is shown and does not count', async () => {
    const readiness = await started({ bus: () => ({ ready: false, reason: 'away' }), a: () => READY }, ['bus']);
    expect(readiness.report()).toEqual({
      ready: true,
      parts: { bus: { ready: false, reason: 'away', advisory: true }, a: { ready: true } },
    });
    readiness.stop();
  });

  test('a process that drains is not ready, whatever its parts say', async () => {
    const readiness = await started({ a: () => READY });
    readiness.drain();
    expect(readiness.report()).toEqual({
      ready: false,
      parts: { a: { ready: true }, process: { ready: false, reason: 'stopping' } },
    });
    readiness.stop();
  });
});
