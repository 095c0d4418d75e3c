/** Longer than anything that a handler may wait for: a publish takes 30 s at most. */
export const HANDLER_LATE_MS = 45_000;
/** Fine enough against 45 s. */
const LOOK_INTERVAL_MS = 5_000;

export interface RunningCalls<T> {
  /** Notes a call; what it returns is to be called when the call has ended. */
  begin(what: T): () => void;
  /** Age of the oldest one; 0 where none runs. */
  oldestMs(): number;
  stop(): void;
}

/**
 * Which calls of a handler have not returned, and since when. One that is late is told once and goes on: while it runs,
 * nobody can know whether its effect is still to come, so its record may neither be committed nor given to another.
 */
export function createRunningCalls<T>(deps: {
  onLate(what: T, runningMs: number): void;
  now: () => number;
}): RunningCalls<T> {
  // In the order in which they began, so the first is the oldest.
  const calls = new Set<{ what: T; beganMs: number; told: boolean }>();

  const look = setInterval(() => {
    for (const call of calls) {
      const runningMs = deps.now() - call.beganMs;
      if (runningMs < HANDLER_LATE_MS) return;
      if (!call.told) deps.onLate(call.what, runningMs);
      call.told = true;
    }
  }, LOOK_INTERVAL_MS);
  look.unref();

  return {
    begin(what) {
      const call = { what, beganMs: deps.now(), told: false };
      calls.add(call);
      return () => calls.delete(call);
    },
    oldestMs() {
      for (const { beganMs } of calls) return deps.now() - beganMs;
      return 0;
    },
    stop: () => clearInterval(look),
  };
}
