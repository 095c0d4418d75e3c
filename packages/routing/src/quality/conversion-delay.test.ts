import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  delayBinOf,
  DELAY_BIN_ENDS_MS,
  learnDelays,
  NO_DELAYS,
  REWARD_WINDOW_MS,
  shareByAge,
} from './conversion-delay.ts';

it.each([
  [0, 0],
  [4_000, 0],
  [4_001, 1],
  [REWARD_WINDOW_MS, DELAY_BIN_ENDS_MS.length - 1],
  [REWARD_WINDOW_MS + 1, undefined],
])('a conversion after %d ms is in bin %s', (delayMs, bin) => {
  expect(delayBinOf(delayMs)).toBe(bin);
});

it('assumes that half have typed after 25 s, and all at the end of the window', () => {
  const prior = learnDelays(NO_DELAYS, []);
  expect(shareByAge(prior, 25_000)).toBeCloseTo(0.5, 1);
  expect(shareByAge(prior, REWARD_WINDOW_MS)).toBe(1);
});

it('the share by age never falls, begins at 0 and ends at 1', () => {
  const counts = fc.array(fc.nat(50), { minLength: DELAY_BIN_ENDS_MS.length, maxLength: DELAY_BIN_ENDS_MS.length });
  fc.assert(
    fc.property(counts, (given) => {
      const cumulated = learnDelays(given, [{ ageMs: 60_000, converted: given }]);
      const shares = Array.from({ length: 200 }, (_, second) => shareByAge(cumulated, second * 1_000));
      expect(shares[0]).toBe(0);
      expect(shares.at(-1)).toBe(1);
      for (const [second, share] of shares.entries()) expect(share).toBeGreaterThanOrEqual(shares[second - 1] ?? 0);
    }),
  );
});

it('of matured sends is what they did, however old they are said to be', () => {
  const counts = DELAY_BIN_ENDS_MS.map((_, bin) => (bin < 3 ? 100_000 : 0));
  const learned = learnDelays(counts, []);
  expect(learned[0]).toBeCloseTo(1 / 3, 2);
  expect(learned[1]).toBeCloseTo(2 / 3, 2);
  expect(learned[2]).toBeCloseTo(1, 2);
  const asYoung = learnDelays(NO_DELAYS, [{ ageMs: REWARD_WINDOW_MS, converted: counts }]);
  for (const [bin, share] of asYoung.entries()) expect(share).toBeCloseTo(learned[bin]!, 9);
});

it('is learned from young sends as far as they have shown it, and no conversion that they had no time for is missed', () => {
  // sends of every second; half of the conversions after 3 s, half after 40 s
  const late = DELAY_BIN_ENDS_MS.findIndex((end) => end >= 40_000);
  const young = Array.from({ length: 120 }, (_, second) => ({
    ageMs: second * 1_000,
    converted: DELAY_BIN_ENDS_MS.map((_end, bin) => {
      if (bin === 0) return second >= 3 ? 500 : 0;
      return bin === late && second >= 40 ? 500 : 0;
    }),
  }));
  const learned = learnDelays(NO_DELAYS, young);
  expect(shareByAge(learned, 10_000)).toBeCloseTo(0.5, 1);
  expect(shareByAge(learned, 44_000)).toBeCloseTo(1, 1);
});
