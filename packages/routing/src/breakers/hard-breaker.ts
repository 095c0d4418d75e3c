import { NEVER_OPENED, openAgain, type OpenTimer } from './open-timer.ts';

/** Failures in a row: nobody is that unlucky. */
const FAILURES_IN_ROW_MAX = 5;
/** Over how many of the last seconds the share of failures is taken. */
const WINDOW_S = 10;
/** Fewer calls than this say nothing about a share. */
const CALLS_MIN = 10;
/** Half of the calls failing is no provider to send to. */
const FAILED_SHARE_MAX = 0.5;
/** How long it stays open at first: as long as a short network trouble. */
const OPEN_FIRST_MS = 15_000;
/** A probe whose result is not known by then has died with its worker: another one may try. Three times a provider call's time-out. */
const PROBE_MAX_MS = 15_000;

/**
 * A breaker on calls that fail by themselves: transport errors, time-outs, the provider's 5xx. One per provider, or per cell. Plain data,
 * so that workers share it as JSON in one field of a Redis hash, replaced by compare-and-set.
 *
 *     closed ── five in a row, or half of ten in 10 s ──▶ open ── its time is over ──▶ half-open: one probe at a time
 *        ▲                                                 ▲                              │
 *        └────────────────────── it succeeds ──────────────┼──────────────────────────────┤
 *                                                          └────────── it fails ──────────┘
 */
export interface HardBreaker {
  timer: OpenTimer;
  /** Opened, and not closed by a probe since. */
  tripped: boolean;
  /** While a probe is under way: when another may begin. */
  probeUntilMs: number;
  failuresInRow: number;
  /** Of the last seconds in which there were calls, oldest first. */
  seconds: readonly { second: number; calls: number; failed: number }[];
}

export const CLOSED_BREAKER: HardBreaker = {
  timer: NEVER_OPENED,
  tripped: false,
  probeUntilMs: 0,
  failuresInRow: 0,
  seconds: [],
};

/** Whether a call may be made. Who makes one on `probe` says so by `beginProbe` before, and by `probe` in `recordCall` after it. */
export function admits(breaker: HardBreaker, nowMs: number): 'call' | 'probe' | 'no' {
  if (!breaker.tripped) return 'call';
  return nowMs < breaker.timer.openUntilMs || nowMs < breaker.probeUntilMs ? 'no' : 'probe';
}

/** @returns undefined where another one is first, or the breaker has closed or opened meanwhile */
export function beginProbe(breaker: HardBreaker, nowMs: number): HardBreaker | undefined {
  if (admits(breaker, nowMs) !== 'probe') return undefined;
  return { ...breaker, probeUntilMs: nowMs + PROBE_MAX_MS };
}

/** @param call failed: no answer, or one that says the provider is unwell; a refusal of a message is an answer */
export function recordCall(
  breaker: HardBreaker,
  call: { nowMs: number; failed: boolean; probe: boolean },
): HardBreaker {
  const { nowMs, failed, probe } = call;
  if (breaker.tripped) {
    // calls from before it opened say nothing new
    if (!probe) return breaker;
    return failed ? trip(breaker, nowMs) : { ...CLOSED_BREAKER, timer: { ...breaker.timer, openUntilMs: nowMs } };
  }
  const counted = count(breaker, nowMs, failed);
  return failed && isTooMuch(counted) ? trip(counted, nowMs) : counted;
}

function count(breaker: HardBreaker, nowMs: number, failed: boolean): HardBreaker {
  const second = Math.floor(nowMs / 1_000);
  const seconds = breaker.seconds.filter((each) => each.second > second - WINDOW_S && each.second !== second);
  const there = breaker.seconds.find((each) => each.second === second) ?? { second, calls: 0, failed: 0 };
  seconds.push({ second, calls: there.calls + 1, failed: there.failed + (failed ? 1 : 0) });
  return { ...breaker, failuresInRow: failed ? breaker.failuresInRow + 1 : 0, seconds };
}

function isTooMuch({ failuresInRow, seconds }: HardBreaker): boolean {
  if (failuresInRow >= FAILURES_IN_ROW_MAX) return true;
  let [calls, failed] = [0, 0];
  for (const each of seconds) {
    calls += each.calls;
    failed += each.failed;
  }
  return calls >= CALLS_MIN && failed >= FAILED_SHARE_MAX * calls;
}

function trip({ timer }: HardBreaker, nowMs: number): HardBreaker {
  return { ...CLOSED_BREAKER, timer: openAgain(timer, nowMs, OPEN_FIRST_MS), tripped: true };
}
