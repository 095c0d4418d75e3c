/** Things to do one after the other, each not before its time (ms after the start). */
export interface Step {
  atMs: number;
  act(): void | Promise<void>;
}

export interface Timeline {
  /** Whether fewer than `pendingMax` lanes are pending; callers refuse new work where it is not so. */
  hasRoom(): boolean;
  /** Plays the steps, in the order given. A step that fails is reported and the next one follows. */
  play(steps: Step[]): void;
  /** Forgets all that has not happened yet. */
  clear(): void;
}

/** Timers instead of awaits, so that `clear` leaves nothing behind that keeps the process alive. */
export function createTimeline(pendingMax: number, onError: (error: unknown) => void): Timeline {
  const timers = new Set<NodeJS.Timeout>();
  let pending = 0;
  let epoch = 0;

  function playFrom(steps: Step[], index: number, startedAt: number, ownEpoch: number): void {
    const step = steps[index];
    if (!step) {
      pending -= 1;
      return;
    }
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        void perform(step).then(() => {
          if (ownEpoch === epoch) playFrom(steps, index + 1, startedAt, ownEpoch);
        });
      },
      Math.max(0, startedAt + step.atMs - performance.now()),
    );
    timers.add(timer);
  }

  async function perform(step: Step): Promise<void> {
    try {
      await step.act();
    } catch (error) {
      onError(error);
    }
  }

  return {
    play(steps) {
      pending += 1;
      playFrom(steps, 0, performance.now(), epoch);
    },
    hasRoom: () => pending < pendingMax,
    clear() {
      epoch += 1;
      pending = 0;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
