import { pino } from 'pino';
import { expect, it } from 'vitest';
import { BEHIND_MAX_MS, WINDOW_MS, compareClocks } from './compare-clocks.ts';
import { TAIL_MS } from './noticed-buckets.ts';

function bench() {
  let now = 0;
  const lines: string[] = [];
  const behind: number[] = [];
  const compare = compareClocks({
    log: pino({}, { write: (line: string) => void lines.push(line) }),
    onBehind: (ms) => behind.push(ms),
    now: () => now,
  });
  return { compare, lines, behind, pass: (ms: number) => (now += ms) };
}

it('says once a minute how far a broker is behind, and warns before a recovery would miss events', () => {
  const { compare, lines, behind, pass } = bench();
  compare(1_000_000, 1_000_000 + BEHIND_MAX_MS + 1);
  compare(1_000_000, 1_000_000);
  expect([lines, behind]).toEqual([[], []]);
  pass(WINDOW_MS);
  compare(1_060_000, 1_060_000);
  expect([lines.length, behind]).toEqual([1, [BEHIND_MAX_MS + 1]]);
  pass(WINDOW_MS);
  compare(1_120_000, 1_120_000 + BEHIND_MAX_MS);
  expect([lines.length, behind.at(-1)]).toEqual([1, BEHIND_MAX_MS]);
  expect(BEHIND_MAX_MS).toBeLessThan(TAIL_MS);
});

it('a broker that is ahead, or got the event late, is not behind', () => {
  const { compare, lines, behind, pass } = bench();
  pass(WINDOW_MS);
  compare(2_000_000, 1_000_000);
  expect([lines, behind]).toEqual([[], [0]]);
});
