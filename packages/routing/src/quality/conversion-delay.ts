/**
 * A send that was not answered for so long has failed: the reward is a verified conversion within it. People who type later
 * have asked again by then, and whoever waits longer to judge a provider learns of an outage too late.
 */
export const REWARD_WINDOW_MS = 180_000;

/**
 * Upper ends of the bins of the conversion delay. Fine where most people type (some 10 to 60 s), since the shape between two ends
 * is taken for straight.
 */
export const DELAY_BIN_ENDS_MS: readonly number[] = [4, 7, 10, 13, 16, 20, 25, 30, 36, 44, 54, 70, 90, 120, 180].map(
  (seconds) => seconds * 1_000,
);

/** @returns the bin of a conversion, or undefined when it came too late to count as one */
export function delayBinOf(delayMs: number): number | undefined {
  const bin = DELAY_BIN_ENDS_MS.findIndex((end) => delayMs <= end);
  return bin === -1 ? undefined : bin;
}

/**
 * What is assumed before anybody has typed a code: log-normal with a median of 25 s, as with SMS. Worth `PRIOR_CONVERSIONS`
 * of them, so the first hour of real ones outweighs it.
 */
const PRIOR_MEDIAN_S = 25;
const PRIOR_SIGMA = 0.6;
const PRIOR_CONVERSIONS = 50;

/** The prior as a histogram over the bins. */
export const PRIOR_DELAYS: readonly number[] = DELAY_BIN_ENDS_MS.map((end, bin) => {
  const share = logNormalShare(end) - (bin === 0 ? 0 : logNormalShare(DELAY_BIN_ENDS_MS[bin - 1]!));
  return (PRIOR_CONVERSIONS * share) / logNormalShare(REWARD_WINDOW_MS);
});

/** The logistic curve stands in for the normal one: within a hundredth of it, and this is only a prior. */
function logNormalShare(delayMs: number): number {
  return 1 / (1 + Math.exp((-1.702 * Math.log(delayMs / 1_000 / PRIOR_MEDIAN_S)) / PRIOR_SIGMA));
}

/** The empty histogram. */
export const NO_DELAYS: readonly number[] = DELAY_BIN_ENDS_MS.map(() => 0);

/** Adds two histograms over the same bins. */
export function addHistogram(left: readonly number[], right: readonly number[]): number[] {
  return left.map((count, bin) => count + right[bin]!);
}

/** The share of all conversions (0 to 1) that is in by each bin's end; the last one is 1. */
export function cumulateDelays(histogram: readonly number[]): number[] {
  let sum = 0;
  const sums = histogram.map((count) => (sum += count));
  return sums.map((each) => each / sum);
}

/** The share of its conversions (0 to 1) that a send of this age has shown. @param cumulated by `cumulateDelays` */
export function shareByAge(cumulated: readonly number[], ageMs: number): number {
  if (ageMs >= REWARD_WINDOW_MS) return 1;
  if (ageMs <= 0) return 0;
  let bin = 0;
  while (ageMs > DELAY_BIN_ENDS_MS[bin]!) bin += 1;
  const from = bin === 0 ? 0 : DELAY_BIN_ENDS_MS[bin - 1]!;
  const before = bin === 0 ? 0 : cumulated[bin - 1]!;
  return before + ((ageMs - from) / (DELAY_BIN_ENDS_MS[bin]! - from)) * (cumulated[bin]! - before);
}
