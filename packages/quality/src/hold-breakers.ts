import { CLOSED_BREAKER, type Breaker } from '@watchword/routing';
import type { BreakerStore, StoredBreaker } from './breaker-store.ts';

/** All breakers as one worker knows them: those that Redis has, and what it has changed itself and not written yet. */
export interface HeldBreakers {
  /** From memory. `claiming`: this process asks for its probe just now. */
  get(name: string): { breaker: Breaker; claiming: boolean };
  /** In force here at once, and written aside. */
  change(name: string, to: Breaker): void;
  /** @returns false: another one has the probe, or nobody can say */
  claim(name: string, probing: Breaker): Promise<boolean>;
  /** Reads what others have changed, and writes what is not written yet. @throws BaseError `OTP_STATE_UNAVAILABLE` */
  refresh(): Promise<void>;
}

/** A breaker that this worker has changed and not written yet. */
interface Change {
  to: Breaker;
  /** What Redis was known to have: what somebody else wrote since is not overwritten. */
  from: StoredBreaker | undefined;
}

export function holdBreakers(store: BreakerStore): HeldBreakers {
  let shared: ReadonlyMap<string, StoredBreaker> = new Map();
  const unwritten = new Map<string, Change>();
  const claiming = new Set<string>();

  function keep(name: string, stored: StoredBreaker | undefined): void {
    const kept = new Map(shared);
    if (stored) kept.set(name, stored);
    else kept.delete(name);
    shared = kept;
  }

  async function write(name: string, change: Change): Promise<void> {
    const { swapped, stored } = await store.swap(name, change.from, change.to);
    keep(name, stored);
    if (unwritten.get(name) !== change) return;
    if (!swapped && isNewer(change.to, stored?.breaker)) unwritten.set(name, { to: change.to, from: stored });
    else unwritten.delete(name);
  }

  return {
    get: (name) => ({
      breaker: unwritten.get(name)?.to ?? shared.get(name)?.breaker ?? CLOSED_BREAKER,
      claiming: claiming.has(name),
    }),
    change(name, to) {
      const change: Change = { to, from: shared.get(name) };
      unwritten.set(name, change);
      // where it fails, the next refresh writes it
      void write(name, change).catch(() => undefined);
    },
    async claim(name, probing) {
      const change = unwritten.get(name);
      claiming.add(name);
      try {
        const { swapped, stored } = await store.swap(name, change ? change.from : shared.get(name), probing);
        keep(name, stored);
        if (swapped) unwritten.delete(name);
        return swapped;
      } catch {
        // Redis is away: what is known stays, written or not
        return false;
      } finally {
        claiming.delete(name);
      }
    },
    async refresh() {
      shared = (await store.readChanged()) ?? shared;
      for (const [name, change] of unwritten) await write(name, change);
    },
  };
}

/** Others have seen it fail or succeed at the same time: theirs stands, but one that closed before ours opened does not close it. */
function isNewer(ours: Breaker, theirs: Breaker = CLOSED_BREAKER): boolean {
  return ours.tripped && !theirs.tripped && ours.openUntilMs > theirs.openUntilMs;
}
