import { constants } from 'node:os';

/** A terminal sends Ctrl-C to the whole group and npm passes it on: within this time it is one. */
const SAME_SIGNAL_MS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The reason of the interruption's signal. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: (typeof SIGNALS)[number]) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Aborts at the first Ctrl-C, SIGTERM or closed terminal, with `Interrupted` as its reason. The same signal again, later,
 * ends the process at once.
 */
export function listenForInterruption(onInterruption: () => void): AbortSignal {
  const controller = new AbortController();
  const firstAt = new Map<NodeJS.Signals, number>();
  for (const name of SIGNALS) {
    process.on(name, () => {
      const first = firstAt.get(name) ?? performance.now();
      firstAt.set(name, first);
      if (performance.now() - first > SAME_SIGNAL_MS) process.exit(128 + constants.signals[name]);
      if (controller.signal.aborted) return;
      onInterruption();
      controller.abort(new Interrupted(name));
    });
  }
  return controller.signal;
}
