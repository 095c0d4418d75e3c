/**
 * Where labels stand beside their lines' ends: each as near to its own as it goes, none nearer than `gap` to the next, all
 * between `top` and `bottom` as long as there is room.
 *
 * @param wanted the heights of the lines' ends
 * @returns the labels' heights, in the same order
 */
export function placeLabels(
  wanted: readonly number[],
  { gap, top, bottom }: { gap: number; top: number; bottom: number },
): number[] {
  const order = wanted.map((_, at) => at).toSorted((a, b) => wanted[a]! - wanted[b]!);
  const placed = [...wanted];
  let floor = top;
  for (const at of order) {
    placed[at] = Math.max(wanted[at]!, floor);
    floor = placed[at] + gap;
  }
  // what was pushed out at the bottom goes up again, and pushes what is above it
  let ceiling = bottom;
  for (const at of order.toReversed()) {
    placed[at] = Math.min(placed[at]!, ceiling);
    ceiling = placed[at] - gap;
  }
  return placed;
}
