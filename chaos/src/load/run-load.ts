import { setTimeout as sleep } from 'node:timers/promises';
import { livePerson, type PersonDeps } from './live-person.ts';
import { planPerson, type Crowd } from './plan-person.ts';
import type { OtpRecord } from './record.ts';

/** A load that waits for a fault to heal goes on for so many times what was asked for, and no longer. */
const LONGER_MAX = 4;

export interface Load {
  crowd: Crowd;
  otps: number;
  /** Starts per second. */
  rate: number;
}

/**
 * Starts people at a steady rate, whatever becomes of them, until there were as many as asked for and nobody needs more.
 * Resolves when the last of them is done.
 */
export async function runLoad(
  deps: PersonDeps,
  { crowd, otps, rate }: Load,
  options: {
    /** More people are wanted: the harm is not over yet. */
    wantsMore?: () => boolean;
    onStarted?: (started: number) => void;
    signal: AbortSignal;
  },
): Promise<OtpRecord[]> {
  const living: Promise<OtpRecord>[] = [];
  const begunAt = performance.now();
  const wanted = (n: number): boolean => n < otps || (n < otps * LONGER_MAX && options.wantsMore?.() === true);
  for (let n = 0; wanted(n) && !options.signal.aborted; n++) {
    const waitMs = begunAt + (n / rate) * 1000 - performance.now();
    if (waitMs > 1) await sleep(waitMs, undefined, { signal: options.signal }).catch(() => undefined); // seen above
    living.push(livePerson(deps, planPerson(crowd, n)));
    options.onStarted?.(n + 1);
  }
  return Promise.all(living);
}
