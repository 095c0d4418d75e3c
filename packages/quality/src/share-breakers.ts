import { setTimeout as sleep } from 'node:timers/promises';
import {
  admits,
  beginHardProbe,
  beginSoftProbe,
  countCall,
  isFailing,
  judgeCall,
  NO_CALLS,
  type CallCounts,
  type Cell,
} from '@watchword/routing';
import { breakersBefore, type BreakerStore } from './breaker-store.ts';
import { holdBreakers } from './hold-breakers.ts';

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
  const held = holdBreakers(store);
  const counts = new Map<string, CallCounts>();
  const stopping = new AbortController();

  const asked = (cell: Cell) => {
    const { hard, soft } = breakersBefore(cell);
    return [...hard.map((name) => ({ name, begin: beginHardProbe })), { name: soft, begin: beginSoftProbe }];
  };

  function forgetCalls(): void {
    const since = Math.floor(now() / 1_000) - CALLS_KEPT_S;
    for (const [name, { seconds }] of counts) if (seconds.at(-1)!.second < since) counts.delete(name);
  }

  const following = (async () => {
    while (!stopping.signal.aborted) {
      // Redis is away, which its own connection has told: what is known stays
      await held.refresh().catch(() => undefined);
      forgetCalls();
      await sleep(POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // rejects only when stopped
    }
  })();

  return {
    admits(cell) {
      const at = now();
      const all = asked(cell).map(({ name }) => {
        const { breaker, claiming } = held.get(name);
        return claiming ? 'no' : admits(breaker, at);
      });
      if (all.includes('no')) return 'no';
      return all.includes('probe') ? 'probe' : 'call';
    },
    async beginProbe(cell) {
      const at = now();
      for (const { name, begin } of asked(cell)) {
        const { breaker, claiming } = held.get(name);
        if (admits(breaker, at) === 'call') continue;
        const probing = claiming ? undefined : begin(breaker, at);
        if (!probing || !(await held.claim(name, probing))) return false;
      }
      return true;
    },
    record(cell, { failed, probe }) {
      const nowMs = now();
      const names = breakersBefore(cell).hard;
      for (const [at, name] of names.entries()) {
        const { breaker } = held.get(name);
        const counted = countCall(counts.get(name) ?? NO_CALLS, nowMs, failed);
        counts.set(name, counted);
        const judged = judgeCall(breaker, { nowMs, failed, failing: isFailing(counted), probe });
        if (judged !== breaker) held.change(name, judged);
        if (judged.tripped !== breaker.tripped) onChanged(name, judged.tripped ? 'open' : 'closed');
        if (!judged.tripped) continue;
        // once it has closed it begins anew; and what fails everywhere says nothing of this cell
        for (const each of names.slice(at)) counts.delete(each);
        return;
      }
    },
    async stop() {
      stopping.abort();
      await following;
    },
  };
}
