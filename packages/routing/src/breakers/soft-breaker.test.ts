import { describe, expect, it } from 'vitest';
import type { Score } from '../scores/score-table.ts';
import { admits, CLOSED_BREAKER } from './breaker.ts';
import { beginSoftProbe, decideSoftBreakers, type RouteHealth, type SoftBreakers } from './soft-breaker.ts';

const NOW_MS = 1_790_000_000_000;
const MINUTE_MS = 60_000;
const OFTEN = 6;

/** Scores with these probabilities of a collapse. */
const scores = (collapses: Readonly<Record<string, number>>) =>
  new Map(
    Object.entries(collapses).map(([provider, collapse]): [string, Score] => [
      provider,
      { mean: 0.7, upper: 0.7, n: 100, collapse },
    ]),
  );
const health = (collapses: Readonly<Record<string, number>>, more: Partial<RouteHealth> = {}): RouteHealth => ({
  scores: scores(collapses),
  receipts: () => 'unknown',
  since: () => ({ submitted: 0, converted: 0, delivered: 0 }),
  sendsPerSecond: () => OFTEN,
  ...more,
});
/** Of each provider a send was seen since, and nothing of it yet. */
const oneSent: RouteHealth['since'] = () => ({ submitted: 1, converted: 0, delivered: 0 });
const decide = (
  collapses: Readonly<Record<string, number>>,
  from: SoftBreakers = {},
  nowMs = NOW_MS,
  sendsPerSecond = OFTEN,
) => decideSoftBreakers(from, health(collapses, { since: oneSent, sendsPerSecond: () => sendsPerSecond }), nowMs);
const may = (breakers: SoftBreakers, provider: string, nowMs: number) =>
  admits(breakers[provider] ?? CLOSED_BREAKER, nowMs);

describe('soft breaker', () => {
  it('opens for whom conversions have collapsed, while another one delivers; then one send at a time tries', () => {
    const breakers = decide({ a: 0.95, b: 0.01 });
    expect(['a', 'b'].map((provider) => may(breakers, provider, NOW_MS))).toEqual(['no', 'call']);
    const due = NOW_MS + MINUTE_MS;
    expect(may(breakers, 'a', due)).toBe('probe');
    const probing = { ...breakers, a: beginSoftProbe(breakers['a']!, due)! };
    expect([may(probing, 'a', due), may(probing, 'a', due + MINUTE_MS)]).toEqual(['no', 'probe']);
  });

  it('opens for whom receipts have collapsed before conversions tell, and closes by the receipt of its probe', () => {
    const known = { a: 0.2, b: 0.01 };
    const since: number[] = [];
    const receipts: RouteHealth['receipts'] = (provider, sinceMs) => {
      since.push(sinceMs);
      return provider === 'a' && sinceMs < NOW_MS ? 'collapsed' : 'unknown';
    };
    const open = decideSoftBreakers({}, health(known, { receipts }), NOW_MS);
    expect(may(open, 'a', NOW_MS)).toBe('no');
    const due = NOW_MS + MINUTE_MS;
    const probing = { ...open, a: beginSoftProbe(open['a']!, due)! };
    expect(decideSoftBreakers(probing, health(known, { receipts }), due + 1)).toBe(probing);
    const delivered: RouteHealth['since'] = (provider, sinceMs) => ({
      submitted: 1,
      converted: 0,
      delivered: Number(provider === 'a' && sinceMs <= due),
    });
    const closed = decideSoftBreakers(probing, health({ ...known, a: 0.05 }, { receipts, since: delivered }), due + 1);
    expect(may(closed, 'a', due + 1)).toBe('call');
    since.length = 0;
    expect(decideSoftBreakers(closed, health(known, { receipts }), due + 2), 'what was before is judged').toBe(closed);
    expect(since).toContain(due + 1);
  });

  it.each([
    ['all of them', { a: 0.99, b: 0.95 }],
    ['all but those of whom nobody knows', { a: 0.99, b: 0.6 }],
    ['the only one', { a: 0.99 }],
  ])('Q2: all providers slow, no change: %s', (_, collapses: Record<string, number>) => {
    const none: SoftBreakers = {};
    expect(decide(collapses, none)).toBe(none);
  });

  it('never opens the last one that is left', () => {
    const first = decide({ a: 0.95, b: 0.01 });
    expect(decide({ a: 0.1, b: 0.95 }, first)).toBe(first);
  });

  it('Q2: changed less than the dead time ago, no change, whatever is seen', () => {
    const first = decide({ a: 0.95, b: 0.01 });
    for (const collapse of [0.99, 0.01]) expect(decide({ a: collapse, b: 0.01 }, first, NOW_MS + 59_999)).toBe(first);
  });

  it('closes when its probe is seen to be typed, not before there was one', () => {
    const due = NOW_MS + MINUTE_MS;
    const open = decide({ a: 0.95, b: 0.01 });
    expect(decide({ a: 0.05, b: 0.01 }, open, due), 'nobody tried').toBe(open);
    const probing = { ...open, a: beginSoftProbe(open['a']!, due)! };
    expect(may(decide({ a: 0.05, b: 0.01 }, probing, due + 20_000), 'a', due + 20_000)).toBe('call');
  });

  it('lets more probes follow one that was typed, as long as few are on their way', () => {
    const due = NOW_MS + MINUTE_MS;
    const open = decide({ a: 0.95, b: 0.01 });
    const probing = { ...open, a: beginSoftProbe(open['a']!, due)! };
    const after = (submitted: number, converted: number) =>
      decideSoftBreakers(
        probing,
        health({ a: 0.8, b: 0.01 }, { since: () => ({ submitted, converted, delivered: 0 }) }),
        due + 5_000,
      );
    expect(after(1, 0)).toBe(probing);
    expect(may(after(1, 1), 'a', due + 5_000)).toBe('probe');
    expect(may(after(4, 2), 'a', due + 5_000)).toBe('probe');
    expect(after(5, 2), 'three are not typed yet').toBe(probing);
  });

  it('waits for its probe, whose code may take a minute to be typed, and opens again', () => {
    const due = NOW_MS + MINUTE_MS;
    const open = decide({ a: 0.95, b: 0.01 });
    const probing = { ...open, a: beginSoftProbe(open['a']!, due)! };
    expect(decide({ a: 0.95, b: 0.01 }, probing, due + 59_999)).toBe(probing);
    const again = decide({ a: 0.95, b: 0.01 }, probing, due + MINUTE_MS);
    expect(again['a']!.openUntilMs).toBe(due + 3 * MINUTE_MS);
  });

  it('lets another one try where its probe was never sent', () => {
    const due = NOW_MS + MINUTE_MS;
    const open = decide({ a: 0.95, b: 0.01 });
    const probing = { ...open, a: beginSoftProbe(open['a']!, due)! };
    const later = decideSoftBreakers(probing, health({ a: 0.95, b: 0.01 }), due + MINUTE_MS);
    expect(may(later, 'a', due + MINUTE_MS)).toBe('probe');
  });

  it('sees a probe of a worker whose clock is some seconds ahead of the sends’', () => {
    const due = NOW_MS + MINUTE_MS;
    const open = decide({ a: 0.95, b: 0.01 });
    const probing = { ...open, a: beginSoftProbe(open['a']!, due)! };
    const since: RouteHealth['since'] = (_, sinceMs) => {
      const seen = Number(sinceMs <= due - 3_000);
      return { submitted: seen, converted: seen, delivered: seen };
    };
    const known = health(
      { a: 0.05, b: 0.01 },
      { since, receipts: (_, sinceMs) => (sinceMs > 0 ? 'unknown' : 'usual') },
    );
    expect(may(decideSoftBreakers(probing, known, due + 5_000), 'a', due + 5_000)).toBe('call');
  });

  it.each([
    ['6 a second', 6, [1, 2, 2, 2]],
    ['900 an hour', 0.25, [5, 5, 5, 5]],
  ])('of %s, probes cost one in 75 sends at most', (_, sendsPerSecond, minutes) => {
    let [breakers, nowMs]: [SoftBreakers, number] = [{}, NOW_MS];
    const open = minutes.map(() => {
      breakers = decide({ a: 0.95, b: 0.01 }, breakers, nowMs, sendsPerSecond);
      const forMs = breakers['a']!.openUntilMs - nowMs;
      const due = breakers['a']!.openUntilMs;
      breakers = { ...breakers, a: beginSoftProbe(breakers['a']!, due)! };
      nowMs = due + MINUTE_MS;
      return forMs / MINUTE_MS;
    });
    expect(open).toEqual(minutes);
  });

  it('is none on a route with too few sends for probes, and lets go of one that has become such', () => {
    const none: SoftBreakers = {};
    expect(decide({ a: 0.99, b: 0.01 }, none, NOW_MS, 120 / 3_600)).toBe(none);
    expect(decide({ a: 0.99, b: 0.01 }, none, NOW_MS, 0)).toBe(none);
    const open = decide({ a: 0.99, b: 0.01 });
    expect(decide({ a: 0.99, b: 0.01 }, open, NOW_MS + 1_000, 0), 'within the dead time').toBe(open);
    expect(may(decide({ a: 0.99, b: 0.01 }, open, NOW_MS + MINUTE_MS, 0), 'a', NOW_MS + MINUTE_MS)).toBe('call');
  });
});
