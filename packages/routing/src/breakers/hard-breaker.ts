import { beginProbe, close, trip, type Breaker } from './breaker.ts';

/** Failures in a row: nobody is that unlucky. */
const FAILURES_IN_ROW_MAX = 5;
/** Over how many of the last seconds the share of failures is taken. */
const WINDOW_S = 10;
/** Fewer calls than this say nothing about a share. */
const CALLS_MIN = 10;
/** Half of the calls failing is no provider to send to. */
const FAILED_SHARE_MAX = 0.5;
/**
 * How long it stays open at first, as long as a short network trouble, and at most: a probe costs one person a failover, and a provider
 * that is well again has its traffic back within minutes.
 */
const OPEN_MS = { firstMs: 15_000, maxMs: 120_000 };
/** A probe whose result is not known by then has died with its worker: another one may try. Three times a provider call's time-out. */
const PROBE_MAX_MS = 15_000;

/** Calls that one process has made lately, by provider or by cell. */
export interface CallCounts {
  failuresInRow: number;
  /** Of the last seconds in which there were calls, oldest first. */
  seconds: readonly { second: number; calls: number; failed: number }[];
}

export const NO_CALLS: CallCounts = { failuresInRow: 0, seconds: [] };

/** @param failed no answer, or one that says the provider is unwell; a refusal of a message is an answer */
export function countCall(counts: CallCounts, nowMs: number, failed: boolean): CallCounts {
  const second = Math.floor(nowMs / 1_000);
  // those ahead are of before the clock was set back
  const recent = counts.seconds.filter((each) => each.second > second - WINDOW_S && each.second < second);
  const there = counts.seconds.find((each) => each.second === second) ?? { calls: 0, failed: 0 };
  return {
    failuresInRow: failed ? counts.failuresInRow + 1 : 0,
    seconds: [...recent, { second, calls: there.calls + 1, failed: there.failed + (failed ? 1 : 0) }],
  };
}

/** Five in a row, or half of ten in the last seconds. */
export function isFailing({ failuresInRow, seconds }: CallCounts): boolean {
  if (failuresInRow >= FAILURES_IN_ROW_MAX) return true;
  let [calls, failed] = [0, 0];
  for (const each of seconds) {
    calls += each.calls;
    failed += each.failed;
  }
  return calls >= CALLS_MIN && failed >= FAILED_SHARE_MAX * calls;
}

/**
 * A breaker on calls that fail by themselves: transport errors, time-outs, the provider's 5xx, a refused account. What a call says of
 * it: `probe`, it was claimed as one, of this breaker or of another that stands before the same call. Calls from before it opened say
 * nothing new.
 */
export function judgeCall(
  breaker: Breaker,
  call: { nowMs: number; failed: boolean; failing: boolean; probe: boolean },
): Breaker {
  const { nowMs, failed, failing, probe } = call;
  if (!breaker.tripped) return failing && failed ? trip(breaker, nowMs, OPEN_MS) : breaker;
  if (!probe || breaker.probeUntilMs === 0) return breaker;
  return failed ? trip(breaker, nowMs, OPEN_MS) : close(breaker, nowMs);
}

/** @returns undefined where no probe is due */
export function beginHardProbe(breaker: Breaker, nowMs: number): Breaker | undefined {
  return beginProbe(breaker, nowMs, PROBE_MAX_MS);
}
