import type { Story, StoryAttempt } from './stories.ts';

/** An attempt that went out long enough ago, with what became of it. */
export interface Sent extends StoryAttempt {
  country: string;
  canceled: boolean;
  converted: boolean;
  typedMs: number | undefined;
}

/** What counts: of what went out, that for which somebody waited. */
export function sentOf(stories: readonly Story[]): Sent[] {
  return goneOutOf(stories).filter(({ canceled }) => !canceled);
}

/** Neither refused nor younger than 180 s when the last one settled. */
export function goneOutOf(stories: readonly Story[]): Sent[] {
  const endMs = Math.max(...stories.flatMap(({ attempts }) => attempts.map(({ settledMs }) => settledMs)));
  return stories.flatMap((story) =>
    story.attempts.flatMap((attempt, place) => {
      if (attempt.refused || attempt.claimedMs > endMs - 180_000) return [];
      const typedMs = story.typed?.attempt === place ? story.typed.atMs : undefined;
      const converted = typedMs !== undefined && typedMs - attempt.claimedMs <= 180_000;
      return [{ ...attempt, country: story.country, canceled: story.canceled, converted, typedMs }];
    }),
  );
}

/** How many of a group hold, by the group's name. */
export function shares(
  sent: readonly Sent[],
  nameOf: (each: Sent) => string,
  holds: (each: Sent) => boolean,
): Map<string, { n: number; k: number }> {
  const counted = new Map<string, { n: number; k: number }>();
  for (const each of sent) {
    const group = counted.get(nameOf(each)) ?? { n: 0, k: 0 };
    counted.set(nameOf(each), { n: group.n + 1, k: group.k + (holds(each) ? 1 : 0) });
  }
  return counted;
}

/** The value below which a part of the values lies, between two of them in proportion. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}
