/** Lets in a bounded number at a time, in turn over those who wait: who brings a thousand takes no more turns than who brings one. */
export interface FairGate {
  /** Resolves when it is this one's turn, with what gives the place back. Must be called once. */
  enter(name: string): Promise<() => void>;
  /** How many wait. */
  waiting(): number;
}

/** @param placesMax who may be inside at the same time */
export function createFairGate(placesMax: number): FairGate {
  /** Names in the order of their turns; each with those of it who wait, the longest first. */
  const lines = new Map<string, (() => void)[]>();
  let inside = 0;
  let waiting = 0;

  function leave(): void {
    const [turn] = lines;
    if (!turn) {
      inside--;
      return;
    }
    const [name, line] = turn;
    const next = line.shift()!;
    waiting--;
    lines.delete(name);
    if (line.length > 0) lines.set(name, line);
    next();
  }

  return {
    async enter(name) {
      if (inside < placesMax) inside++;
      else {
        await new Promise<void>((resolve) => {
          const line = lines.get(name);
          if (line) line.push(resolve);
          else lines.set(name, [resolve]);
          waiting++;
        });
      }
      return leave;
    },
    waiting: () => waiting,
  };
}
