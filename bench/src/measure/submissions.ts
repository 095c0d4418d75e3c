import { setTimeout as sleep } from 'node:timers/promises';
import { SIMULATED } from '@watchword/standalone';
import type { Stage } from '@watchword/stage';

const LOOK_MS = 100;
/** What has not come by then will not. */
const PATIENCE_MS = 120_000;

export interface Submission {
  verificationId: string;
  /** When the provider had it, by this machine's clock, ms. */
  at: number;
}

/** Providers that take no time and say nothing afterwards: what is left is the product's. */
export async function silenceProviders({ simulator }: Pick<Stage, 'simulator'>): Promise<void> {
  for (const provider of SIMULATED.sms) {
    await simulator.behave(provider, { submit_latency_ms: 0, latency: { median_ms: 0 }, receipts: { mode: 'none' } });
  }
}

/** Follows what the simulated providers are given. */
export function watchSubmissions({ simulator }: Pick<Stage, 'simulator'>) {
  let since = 0;
  const found: Submission[] = [];
  const look = async (): Promise<void> => {
    const entries = await simulator.ledger(since);
    since = entries.at(-1)?.seq ?? since;
    for (const { client_ref, at } of entries)
      found.push({ verificationId: (client_ref ?? '').replace(/\.\d+$/, ''), at: Date.parse(at) });
  };
  return {
    /** How many there have been since the last call of either. */
    async count(): Promise<number> {
      await look();
      return found.splice(0).length;
    },
    /** The next ones, oldest first; what comes beyond them is of the next call. @throws Error where they do not come */
    async next(count: number): Promise<Submission[]> {
      const until = performance.now() + PATIENCE_MS;
      while (found.length < count) {
        await look();
        if (performance.now() > until) throw new Error(`${found.length} of ${count} reached a provider`);
        if (found.length < count) await sleep(LOOK_MS);
      }
      return found.splice(0, count);
    },
  };
}
