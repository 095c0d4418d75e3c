/** Calls under way to each provider: a bulkhead, so that one that hangs cannot take all the slots of a channel. */
export interface InFlight {
  isFull(provider: string): boolean;
  /** @returns gives the place back; more than once does nothing */
  take(provider: string): () => void;
}

/** The share of a worker's slots that one provider may hold, unless its configuration says otherwise. */
const SHARE = 0.4;

export function createInFlight(slots: number, maxOf: (provider: string) => number | undefined): InFlight {
  const calls = new Map<string, number>();
  return {
    isFull: (provider) => (calls.get(provider) ?? 0) >= (maxOf(provider) ?? Math.max(1, Math.floor(slots * SHARE))),
    take(provider) {
      calls.set(provider, (calls.get(provider) ?? 0) + 1);
      let taken = true;
      return () => {
        if (taken) calls.set(provider, calls.get(provider)! - 1);
        taken = false;
      };
    },
  };
}
