/** Rare enough to cost nothing, often enough that a crash repeats little. */
const COMMIT_INTERVAL_MS = 200;

export interface CommitTimer {
  /** Something was finished: commit within the interval. */
  due(): void;
  stop(): void;
}

/** Commits never wait for one another's records, and never run two at a time; idle, no timer runs. */
export function createCommitTimer(commit: () => Promise<void>): CommitTimer {
  let timer: NodeJS.Timeout | undefined;
  let committing = false;
  let again = false;
  let stopped = false;

  function schedule(): void {
    if (stopped || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      void run();
    }, COMMIT_INTERVAL_MS);
  }

  async function run(): Promise<void> {
    committing = true;
    await commit();
    committing = false;
    if (again) schedule();
    again = false;
  }

  return {
    due() {
      if (committing) again = true;
      else schedule();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
