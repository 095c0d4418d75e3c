import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admits, CLOSED_BREAKER, isForgiven, type Breaker } from './breaker.ts';
import { beginHardProbe, countCall, isFailing, judgeCall, NO_CALLS } from './hard-breaker.ts';

const START_MS = 1_790_000_000_000;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Calls one after the other, one each `everyMs`: `x` failed, `.` did not. */
function calls(breaker: Breaker, results: string, nowMs = START_MS, everyMs = 100): Breaker {
  let [at, counts] = [nowMs, NO_CALLS];
  for (const result of results) {
    const failed = result === 'x';
    counts = countCall(counts, at, failed);
    breaker = judgeCall(breaker, { nowMs: at, failed, failing: isFailing(counts), probe: false });
    at += everyMs;
  }
  return breaker;
}

const probed = (breaker: Breaker, nowMs: number, failed: boolean): Breaker =>
  judgeCall(beginHardProbe(breaker, nowMs)!, { nowMs, failed, failing: false, probe: true });

/** Fails the probe that is due, and every next one, `times` in all. @returns the open times in ms */
function failProbes(breaker: Breaker, times: number): number[] {
  return Array.from({ length: times }, () => {
    const dueMs = breaker.openUntilMs;
    breaker = probed(breaker, dueMs, true);
    return breaker.openUntilMs - dueMs;
  });
}

describe('hard breaker', () => {
  it.each([
    ['five failures in a row', '..xxxxx', 'no'],
    ['four in a row', '......xxxx......xxxx', 'call'],
    ['half of ten calls in 10 s', '.x.x.x.x.x', 'no'],
    ['half of nine calls', '.x.x.x.x.', 'call'],
    ['less than half of many', '.x..x..x..x..x..x..x..x.', 'call'],
  ])('after %s', (_, results, expected) => {
    expect(admits(calls(CLOSED_BREAKER, results), START_MS + results.length * 100)).toBe(expected);
  });

  it('forgets what is more than ten seconds old', () => {
    expect(admits(calls(CLOSED_BREAKER, '.x.x.x.x.x', START_MS, 2 * SECOND_MS), START_MS + 20 * SECOND_MS)).toBe(
      'call',
    );
  });

  it('opens for 15 s, doubling to 2 min: who is well again has its traffic back in less than five', () => {
    const open = calls(CLOSED_BREAKER, 'xxxxx', START_MS, 0);
    expect(open.openUntilMs - START_MS).toBe(15 * SECOND_MS);
    expect(failProbes(open, 5).map((ms) => ms / SECOND_MS)).toEqual([30, 60, 120, 120, 120]);
  });

  it('lets one probe through at a time, and the next one when its worker has died', () => {
    const due = START_MS + 15 * SECOND_MS;
    const open = calls(CLOSED_BREAKER, 'xxxxx', START_MS, 0);
    expect(beginHardProbe(open, due - 1)).toBeUndefined();
    const probing = beginHardProbe(open, due)!;
    expect(admits(probing, due)).toBe('no');
    expect(beginHardProbe(probing, due)).toBeUndefined();
    expect(admits(probing, due + 15 * SECOND_MS)).toBe('probe');
  });

  it('closes when the probe succeeds, remembers how often it opened for a while, and then forgives', () => {
    const due = START_MS + 15 * SECOND_MS;
    const closed = probed(calls(CLOSED_BREAKER, 'xxxxx', START_MS, 0), due, false);
    expect(admits(closed, due)).toBe('call');
    const openFor = (atMs: number) => calls(closed, 'xxxxx', atMs, 0).openUntilMs - atMs;
    expect([openFor(due + MINUTE_MS), isForgiven(closed, due + MINUTE_MS)]).toEqual([30 * SECOND_MS, false]);
    expect([openFor(due + 16 * MINUTE_MS), isForgiven(closed, due + 16 * MINUTE_MS)]).toEqual([15 * SECOND_MS, true]);
  });

  it('hears nothing from calls that began before it opened', () => {
    const open = calls(CLOSED_BREAKER, 'xxxxx');
    expect(calls(open, '.....xx', START_MS + SECOND_MS)).toBe(open);
  });

  it('hears nothing from a probe of another breaker that began before it opened', () => {
    const open = calls(CLOSED_BREAKER, 'xxxxx');
    for (const failed of [true, false])
      expect(judgeCall(open, { nowMs: START_MS + SECOND_MS, failed, failing: false, probe: true })).toBe(open);
  });

  it('counts nothing twice where the clock is set back', () => {
    let counts = countCall(NO_CALLS, START_MS, true);
    for (let back = 1; back <= 30; back++) counts = countCall(counts, START_MS - back * MINUTE_MS, false);
    expect(counts.seconds).toHaveLength(1);
  });

  it('whatever happens, never admits two probes at once, stays small, and survives as JSON', () => {
    const step = fc.record({
      passedMs: fc.integer({ min: 0, max: 60_000 }),
      failed: fc.boolean(),
      crashed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let [breaker, counts, nowMs] = [CLOSED_BREAKER, NO_CALLS, START_MS];
        for (const { passedMs, failed, crashed } of steps) {
          nowMs += passedMs;
          const may = admits(breaker, nowMs);
          if (may === 'no') continue;
          if (may === 'probe') breaker = beginHardProbe(breaker, nowMs)!;
          expect(admits(breaker, nowMs)).toBe(may === 'probe' ? 'no' : 'call');
          if (crashed) continue;
          counts = countCall(counts, nowMs, failed);
          breaker = judgeCall(breaker, { nowMs, failed, failing: isFailing(counts), probe: may === 'probe' });
          expect(JSON.parse(JSON.stringify(breaker))).toEqual(breaker);
          expect(counts.seconds.length).toBeLessThanOrEqual(10);
        }
      }),
    );
  });
});
