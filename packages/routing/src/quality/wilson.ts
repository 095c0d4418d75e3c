/** Standard deviations on either side of 95 % of a normal distribution. */
const DEVIATIONS_OF_95 = 1.959964;

/**
 * Wilson's interval of a share: holds for few trials and for shares near 0 and 1 too, where the simple one ends below 0 or has no
 * width.
 *
 * @param successes 0 to `trials`
 * @param trials above 0
 * @param deviations how sure, in standard deviations; default: 95 %
 * @returns both ends, 0 to 1
 */
export function wilson(
  successes: number,
  trials: number,
  deviations = DEVIATIONS_OF_95,
): { low: number; high: number } {
  const squared = deviations ** 2;
  const share = successes / trials;
  const middle = share + squared / (2 * trials);
  const half = deviations * Math.sqrt((share * (1 - share)) / trials + squared / (4 * trials * trials));
  const shrunk = 1 + squared / trials;
  return { low: Math.max(0, (middle - half) / shrunk), high: Math.min(1, (middle + half) / shrunk) };
}
