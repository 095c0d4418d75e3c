import { CHANNELS, type Channel } from '@watchword/contracts';
import type { PressureReport } from '@watchword/verification';

/** At a fifth of its life used up by waiting the next one is refused; again let in at a tenth, so that it does not flutter. */
const REFUSED_FROM = 0.2;
const LET_IN_BELOW = 0.1;

/** Who is refused on a channel: everyone, or single tenants. */
export type Overloaded = ReadonlyMap<Channel, { everyone: boolean; tenants: ReadonlySet<string> }>;

export const NOBODY: Overloaded = new Map();

/**
 * Who can no longer be served in time, by what every dispatcher tells and by who was refused before. A tenant whose own burst
 * waits is refused alone: the others have their turn.
 */
export function judgePressure(before: Overloaded, reports: readonly PressureReport[]): Overloaded {
  return new Map(
    CHANNELS.map((channel) => {
      const told = reports.filter((report) => report.channel === channel);
      const was = before.get(channel);
      const worst = new Map<string, number>();
      for (const [tenant, share] of told.flatMap(({ tenants }) => Object.entries(tenants)))
        worst.set(tenant, Math.max(share, worst.get(tenant) ?? 0));
      const tenants = [...worst].filter(([tenant, share]) => isRefused(share, was?.tenants.has(tenant)));
      return [
        channel,
        {
          everyone: isRefused(Math.max(0, ...told.map(({ everyone }) => everyone)), was?.everyone),
          tenants: new Set(tenants.map(([tenant]) => tenant)),
        },
      ];
    }),
  );
}

function isRefused(share: number, before = false): boolean {
  return share >= (before ? LET_IN_BELOW : REFUSED_FROM);
}
