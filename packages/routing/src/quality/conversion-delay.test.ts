import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  cumulateDelays,
  delayBinOf,
  DELAY_BIN_ENDS_MS,
  PRIOR_DELAYS,
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
  const prior = cumulateDelays(PRIOR_DELAYS);
  expect(shareByAge(prior, 25_000)).toBeCloseTo(0.5, 1);
  expect(shareByAge(prior, REWARD_WINDOW_MS)).toBe(1);
});

it('the share by age never falls, begins at 0 and ends at 1', () => {
  const counts = fc.array(fc.nat(50), { minLength: DELAY_BIN_ENDS_MS.length, maxLength: DELAY_BIN_ENDS_MS.length });
  fc.assert(
    fc.property(counts, (given) => {
      const cumulated = cumulateDelays(given.map((count, bin) => count + PRIOR_DELAYS[bin]!));
      const shares = Array.from({ length: 200 }, (_, second) => shareByAge(cumulated, second * 1_000));
      expect(shares[0]).toBe(0);
      expect(shares.at(-1)).toBe(1);
      for (const [second, share] of shares.entries()) expect(share).toBeGreaterThanOrEqual(shares[second - 1] ?? 0);
    }),
  );
});
