import { describe, expect, it } from 'vitest';
import { generateTrace } from './generate-trace.ts';
import { playTrace } from './play-trace.ts';
import { POLICY_NAMES } from './policies.ts';
import { parseTrace, renderTrace } from './trace.ts';

/** Seeds that nothing was tuned on; fewer of the long traces, since they take time. */
const HELD_OUT = Array.from({ length: 16 }, (_, at) => 201 + at);
const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;

describe('the product’s policy', () => {
  it.each([
    { perHour: 900, seeds: HELD_OUT.slice(0, 6), most: 19, ofEwma: 0.75 },
    { perHour: 120, seeds: HELD_OUT, most: 36, ofEwma: 0.95 },
  ])(
    'at $perHour sends an hour loses at most $most of 1,000, and less than a moving average or a fixed order',
    { timeout: 60_000 },
    ({ perHour, seeds, most, ofEwma }) => {
      const regrets = seeds.map((seed) => {
        const trace = generateTrace(seed, perHour);
        return (['watchword', 'ewma', 'static'] as const).map((name) => playTrace(trace, name, seed).regretPer1000);
      });
      const [own, ewma, fixed] = [0, 1, 2].map((at) => mean(regrets.map((regret) => regret[at]!)));
      expect(own).toBeLessThan(most);
      expect(own).toBeLessThan(ofEwma * ewma!);
      expect(own).toBeLessThan(0.6 * fixed!);
    },
  );
});

describe('playing a trace', () => {
  const trace = generateTrace(1, 120);

  it('repeats exactly with the same seed, and tells every choice', () => {
    const [first, second]: number[][] = [[], []];
    const played = playTrace(trace, 'watchword', 7, (provider) => void first!.push(provider));
    expect(playTrace(trace, 'watchword', 7, (provider) => void second!.push(provider))).toEqual(played);
    expect(second).toEqual(first);
    expect(first).toHaveLength(trace.sends.length);
    expect(played.choices.reduce((sum, each) => sum + each, 0)).toBe(played.sends);
  });

  it.each(POLICY_NAMES.filter((name) => name !== 'oracle'))('%s sees nothing that is hidden', (name) => {
    const choicesOf = (hidden: (at: number) => object) => {
      const sends = trace.sends.slice(0, 200).map((send, at) => ({ ...send, ...hidden(at) }));
      const chosen: number[] = [];
      playTrace({ ...trace, sends }, name, 1, (provider) => void chosen.push(provider));
      return chosen;
    };
    // what is not known before the 150th send, since its results are later: neither u nor p can tell
    const known = trace.sends[150]!.t - trace.windowS;
    const later = (at: number) => (trace.sends[at]!.t > known ? { u: 0.999, p: [0, 0, 0, 0, 1], lat: 180 } : {});
    const before = (chosen: number[]) => chosen.slice(0, trace.sends.findIndex(({ t }) => t > known) + 1);
    expect(before(choicesOf(later))).toEqual(before(choicesOf(() => ({}))));
  });

  it('the oracle has no regret, and nobody has less', () => {
    for (const name of POLICY_NAMES) expect(playTrace(trace, name, 1).regretPer1000).toBeGreaterThanOrEqual(0);
    expect(playTrace(trace, 'oracle', 1).regretPer1000).toBe(0);
  });
});

describe('a trace file', () => {
  const lines = [...renderTrace({ ...generateTrace(1, 120), sends: generateTrace(1, 120).sends.slice(0, 5) })];

  it('is read as it was written', () => {
    const parsed = parseTrace(lines);
    const written = parsed.outcome === 'parsed' ? [...renderTrace(parsed.trace)] : [];
    expect(written.map((line) => JSON.parse(line) as unknown)).toEqual(
      lines.map((line) => JSON.parse(line) as unknown),
    );
  });

  const send = { t: 9e9, op: 0, p: [0, 0, 0, 0, 0], u: 0, lat: 1 };
  it.each([
    [[], 1, /empty/],
    [lines.slice(0, 1), 1, /no sends/],
    [lines.slice(1), 1, /first line must be the header/],
    [['{"type":"routing-trace","version":2}'], 1, /version 2/],
    [[...lines, '{'], 7, /no JSON/],
    [[...lines, '[]'], 7, /no JSON object/],
    [[...lines, JSON.stringify({ ...send, t: 0 })], 7, /goes back/],
    [[...lines, JSON.stringify({ ...send, op: 8 })], 7, /8 operators/],
    [[...lines, JSON.stringify({ ...send, p: [0, 0, 0, 0, 2] })], 7, /5 probabilities/],
    [[...lines, JSON.stringify({ ...send, u: 'x' })], 7, /"u"/],
    [[...lines, JSON.stringify({ ...send, lat: -1 })], 7, /"lat"/],
  ])('says in which line what is wrong: case %#', (given, line, why) => {
    expect(parseTrace(given)).toEqual({ outcome: 'invalid', line, why: expect.stringMatching(why) });
  });
});
