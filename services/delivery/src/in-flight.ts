/** Calls under way to each provider: a bulkhead, so that one that hangs cannot take all the slots of a channel. */
export interface InFlight {
  isFull(provider: string): boolean;
  /** @returns gives the place back; more than once does nothing */
  take(provider: string): () => void;
}

/** @param maxOf how many calls a provider may have in flight (configuration `max_in_flight`) */
export function createInFlight(maxOf: (provider: string) => number): InFlight {
  const calls = new Map<string, number>();
  return {
    isFull: (provider) => (calls.get(provider) ?? 0) >= maxOf(provider),
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
