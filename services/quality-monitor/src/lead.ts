import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease } from '@watchword/quality';
import type { Logger } from 'pino';

/** How often what leads does its work: what a provider does shows in the scores a second after it was counted. */
const ROUND_MS = 1_000;
/**
 * A round keeps the lease for so long: to read a week of 1,000 busy cells takes some ten seconds, twice what the lease lasts. One that takes
 * longer than this hangs, and another process is to try.
 */
const ROUND_MAX_MS = 180_000;

export interface LeadDeps {
  /** What the leader makes, for the log. */
  makes: string;
  lease: Lease;
  /** Begins anew whenever the lease is won: another process may have led meanwhile. */
  begin: () => (nowMs: number) => Promise<void>;
  onLead: (leads: boolean) => void;
  log: Logger;
}

/** Of all monitors one does what one is enough for; when it is gone the next one takes over within the lease's time. */
export function startLeading({ makes, lease, begin, onLead, log }: LeadDeps): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let round: ((nowMs: number) => Promise<void>) | undefined;
  let failing = false;

  async function lead(): Promise<void> {
    const leads = await lease.hold();
    if (leads && !round) {
      log.info(`this monitor makes the ${makes} now`);
      round = begin();
    }
    if (!leads) round = undefined;
    onLead(leads);
    if (round) await keepingLease(async () => round?.(Date.now()));
  }
  async function keepingLease(work: () => Promise<void>): Promise<void> {
    let left = ROUND_MAX_MS / ROUND_MS;
    const renewing = setInterval(() => {
      // whether it is still held is what the next round asks
      if (left-- > 0) void lease.hold().catch(() => undefined);
    }, ROUND_MS);
    try {
      await work();
    } finally {
      clearInterval(renewing);
    }
  }
  const leading = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await lead();
        if (failing) log.info(`the ${makes} are made again`);
        failing = false;
      } catch (error) {
        if (!failing) log.warn({ err: error }, `the ${makes} cannot be made; it is tried again every second`);
        failing = true;
      }
      await sleep(ROUND_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // rejects only when stopped
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await leading;
      await lease.yield().catch((error: unknown) => log.debug({ err: error }, 'the lease was not given back')); // it runs out
    },
  };
}
