/**
 * The value below which a share of what was counted lies, between the ends of its bin in proportion.
 *
 * @param bins counts, one for each end and perhaps one more for what is above all ends
 * @param ends upper ends of the bins, rising; the first bin begins at 0
 * @param share above 0, up to 1
 * @returns in the unit of the ends; the last end for what is above it; undefined where nothing was counted
 */
export function percentile(bins: readonly number[], ends: readonly number[], share: number): number | undefined {
  // what is taken back may have come before what it takes back
  const counts = bins.map((count) => Math.max(0, count));
  const rank = share * counts.reduce((sum, count) => sum + count, 0);
  if (rank === 0) return undefined;
  let below = 0;
  for (const [bin, end] of ends.entries()) {
    const count = counts[bin] ?? 0;
    const from = ends[bin - 1] ?? 0;
    if (count > 0 && below + count >= rank) return from + ((rank - below) / count) * (end - from);
    below += count;
  }
  return ends.at(-1);
}
