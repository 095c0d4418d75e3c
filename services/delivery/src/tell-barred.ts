import type { Channel } from '@watchword/contracts';
import type { IneligibleReason, RouteDecision } from '@watchword/routing';
import type { Logger } from 'pino';

/** Enough to be seen, and no flood while a country's sends all end so. */
const AGAIN_MS = 60_000;
/** Of tenants and countries; beyond it all are told again. */
const TOLD_MAX = 1_000;

/** Reasons that configuration and operators give: no other send of this kind would fare better. */
const LASTING: ReadonlySet<string> = new Set<IneligibleReason>(['country', 'drained', 'sender', 'residency', 'price']);

/**
 * Says why nobody may deliver: such a send has no attempt whose event could keep the decision. Silent where a provider was only tried
 * before, or is busy.
 */
export function createBarredTeller(
  log: Pick<Logger, 'warn'>,
  channel: Channel,
  now: () => number = () => performance.now(),
): (decision: RouteDecision, to: { tenant: string; country: string }) => void {
  const told = new Map<string, number>();
  return ({ candidates }, { tenant, country }) => {
    if (!candidates.every(({ reason }) => reason !== undefined && LASTING.has(reason))) return;
    const key = `${tenant}|${country}`;
    if (now() - (told.get(key) ?? -Infinity) < AGAIN_MS) return;
    if (told.size >= TOLD_MAX) told.clear();
    told.set(key, now());
    const reasons = Object.fromEntries(candidates.map(({ provider, reason }) => [provider, reason]));
    log.warn({ channel, tenant, country, reasons }, 'no provider may deliver this: such sends go nowhere');
  };
}
