import type { RecoveryProgress, RecoveryRun } from '@watchword/verification';

type Runs = RecoveryProgress['runs'];

/** A dispatcher's run as far as it was done since somebody asked for it. */
export interface RunSince extends RecoveryRun {
  instance: string;
}

/**
 * What dispatchers have done since `before`. Told by what has changed, since the clocks of three machines are involved; so
 * what a dispatcher did that has ended, or for a recovery of an hour ago, is left out.
 */
export function runsSince(before: Runs, runs: Runs): RunSince[] {
  return Object.entries(runs).flatMap(([instance, run]) => {
    const earlier = before[instance];
    if (earlier?.startedAt !== run.startedAt) return [{ instance, ...run }];
    if (earlier.at === run.at) return [];
    // a try that failed begins to count again where its recovery was
    const records = Math.max(0, run.records - earlier.records);
    return [{ instance, ...run, records, skipped: Math.max(0, run.skipped - earlier.skipped) }];
  });
}

/** Whether a run will still say something: what is ended in Redis is told a moment later. */
export function goesOn({ state }: RecoveryRun): boolean {
  return state === 'reading' || state === 'settling';
}

/** `buckets: 3 reading, 253 ready, otp.request.v1 5/9, d1 failed (OTP_BUS_UNAVAILABLE) and tries again` */
export function describeProgress({ buckets }: RecoveryProgress, runs: readonly RunSince[]): string {
  const { ready: _, ...others } = buckets;
  const states = Object.entries(others).flatMap(([state, count]) => (count > 0 ? [`${count} ${state}`] : []));
  if (states.length === 0) return 'all buckets are ready';
  const tries = runs.flatMap(({ instance, state, topic, read, total, fault = 'unexpected' }) => {
    if (state === 'reading') return [`${topic} ${read}/${total}`];
    return state === 'failed' ? [`${instance} failed (${fault}) and tries again`] : [];
  });
  return `buckets: ${[...states, ...tries].join(', ')}`;
}

/**
 * Watches whether anything moves: buckets change, or a recovery has read more than ever before. One that fails again and again
 * at the same place does not.
 *
 * @returns asked with each look: for how long nothing has moved, in ms
 */
export function createStallClock(now: () => number): (progress: RecoveryProgress, runs: readonly RunSince[]) => number {
  const most = new Map<string, number>();
  let buckets = '';
  let movedMs = now();
  return (progress, runs) => {
    const states = JSON.stringify(progress.buckets);
    let moved = states !== buckets;
    buckets = states;
    for (const { instance, startedAt, records } of runs) {
      const name = `${instance} ${startedAt}`;
      if (records > (most.get(name) ?? 0)) moved = true;
      most.set(name, Math.max(records, most.get(name) ?? 0));
    }
    if (moved) movedMs = now();
    return now() - movedMs;
  };
}
