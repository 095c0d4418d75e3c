import { setTimeout as sleep } from 'node:timers/promises';
import {
  admits,
  beginHardProbe,
  beginSoftProbe,
  CLOSED_BREAKER,
  countCall,
  isFailing,
  judgeCall,
  NO_CALLS,
  type Breaker,
  type CallCounts,
  type Cell,
} from '@watchword/routing';
import { breakerName, type BreakerStore, type StoredBreaker } from './breaker-store.ts';

/** What another worker has found out is known here after so long. */
const POLL_MS = 500;
/** Calls this long ago say nothing of the next one, not even failures in a row. */
const CALLS_KEPT_S = 900;

/** What a worker asks before it calls a provider, and tells after it. */
export interface SharedBreakers {
  /** From memory. `probe`: one call may be made, if `beginProbe` allows it. */
  admits(cell: Cell): 'call' | 'probe' | 'no';
  /** Claims the probe that is due, among all workers. False: another one has it, or nobody can say. */
  beginProbe(cell: Cell): Promise<boolean>;
  /** @param call failed: no answer, or one that says the provider is unwell; probe: it was claimed as one */
  record(cell: Cell, call: { failed: boolean; probe: boolean }): void;
  stop(): Promise<void>;
}

/** Where breakers are switched off. */
export const NO_BREAKERS: SharedBreakers = {
  admits: () => 'call',
  beginProbe: async () => false,
  record: () => undefined,
  stop: async () => undefined,
};

/** Told of what this process has changed. @param name see `parseBreakerName` */
export type OnBreakerChanged = (name: string, to: 'open' | 'closed') => void;

/**
 * Breakers that all workers share. Each counts its own calls and trips by itself; that it did is written aside, and the others read
 * it within half a second. While Redis is away what is known stays in force, and what changes is written when it is back.
 */
export function shareBreakers(
  store: BreakerStore,
  onChanged: OnBreakerChanged,
  now: () => number = Date.now,
): SharedBreakers {
  let shared: ReadonlyMap<string, StoredBreaker> = new Map();
  /** Changed here and not written yet; in force meanwhile. */
  const own = new Map<string, Breaker>();
  const counts = new Map<string, CallCounts>();
  const stopping = new AbortController();

  const breakerOf = (name: string): Breaker => own.get(name) ?? shared.get(name)?.breaker ?? CLOSED_BREAKER;
  const asked = (cell: Cell) => [
    { name: breakerName.provider(cell.provider), begin: beginHardProbe },
    { name: breakerName.cell(cell), begin: beginHardProbe },
    { name: breakerName.soft(cell), begin: beginSoftProbe },
  ];

  function keep(name: string, stored: StoredBreaker | undefined): void {
    const kept = new Map(shared);
    if (stored) kept.set(name, stored);
    else kept.delete(name);
    shared = kept;
  }

  /** @returns whether what stands now is what was to be written */
  async function write(name: string, breaker: Breaker): Promise<boolean> {
    const { swapped, stored } = await store.swap(name, shared.get(name), breaker);
    keep(name, stored);
    // others have seen it fail or succeed at the same time: theirs stands, but an old closed one does not close this one
    const outdated = !swapped && breaker.tripped && !stored?.breaker.tripped;
    if (own.get(name) === breaker && !outdated) own.delete(name);
    return swapped;
  }

  function change(name: string, from: Breaker, to: Breaker): void {
    own.set(name, to);
    counts.delete(name);
    if (to.tripped !== from.tripped) onChanged(name, to.tripped ? 'open' : 'closed');
    // where it fails, the next look at Redis writes it
    void write(name, to).catch(() => undefined);
  }

  function forgetCalls(): void {
    const since = Math.floor(now() / 1_000) - CALLS_KEPT_S;
    for (const [name, { seconds }] of counts) if (seconds.at(-1)!.second < since) counts.delete(name);
  }

  const following = (async () => {
    while (!stopping.signal.aborted) {
      try {
        shared = (await store.readChanged()) ?? shared;
        for (const [name, breaker] of own) await write(name, breaker);
      } catch {
        // Redis is away, which its own connection has told: what is known stays
      }
      forgetCalls();
      await sleep(POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // rejects only when stopped
    }
  })();

  return {
    admits(cell) {
      const at = now();
      const all = asked(cell).map(({ name }) => admits(breakerOf(name), at));
      if (all.includes('no')) return 'no';
      return all.includes('probe') ? 'probe' : 'call';
    },
    async beginProbe(cell) {
      const at = now();
      for (const { name, begin } of asked(cell)) {
        const breaker = breakerOf(name);
        if (admits(breaker, at) === 'call') continue;
        const probing = begin(breaker, at);
        if (!probing) return false;
        // nobody else of this process asks meanwhile
        own.set(name, probing);
        const won = await write(name, probing).catch(() => false);
        if (own.get(name) === probing) own.delete(name);
        if (!won) return false;
      }
      return true;
    },
    record(cell, { failed, probe }) {
      const nowMs = now();
      for (const name of [breakerName.provider(cell.provider), breakerName.cell(cell)]) {
        const breaker = breakerOf(name);
        const counted = countCall(counts.get(name) ?? NO_CALLS, nowMs, failed);
        counts.set(name, counted);
        const judged = judgeCall(breaker, { nowMs, failed, failing: isFailing(counted), probe });
        if (judged !== breaker) change(name, breaker, judged);
        // what fails everywhere says nothing of this cell
        if (judged.tripped) return;
      }
    },
    async stop() {
      stopping.abort();
      await following;
    },
  };
}
