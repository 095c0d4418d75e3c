import type { Channel } from '@watchword/contracts';

/** What operators ask for at run time, for one tenant, one country, both, or everything. The narrowest one counts alone. */
export interface RouteControl {
  /** Every tenant when absent. */
  tenant?: string;
  /** ISO 3166-1 alpha-2; every country when absent. */
  country?: string;
  /** Every channel when absent. */
  channel?: Channel;
  /** This provider as long as it is eligible. */
  pin?: string;
  /** Shares by provider, any positive numbers: only these providers, in these proportions, as long as one of them is eligible. */
  weights?: Readonly<Record<string, number>>;
  /** Providers that get nothing new. */
  drained?: readonly string[];
  /** How much less than the best may be expected for a lower price: 0 (default) quality alone, 0.02 two in a hundred, 1 price alone. */
  tolerance?: number;
  /** Nothing dearer, in the currency of the candidates' prices. A candidate without a price passes. */
  priceMax?: number;
  /** False: no send goes elsewhere to learn. Default true. */
  explore?: boolean;
}

/**
 * The control that counts for a send: one for its tenant and country, else for its tenant, else for its country, else for all. Among
 * equals one for its channel comes first, then the last one given.
 *
 * @param to the country is '' where the number could not be read, or there is none: then no country's control counts
 */
export function findControl(
  controls: readonly RouteControl[],
  to: { tenant: string; country: string; channel: Channel },
): RouteControl | undefined {
  let found: RouteControl | undefined;
  let rankFound = -1;
  for (const control of controls) {
    const { tenant, country, channel } = control;
    if (tenant !== undefined && tenant !== to.tenant) continue;
    if (country !== undefined && (country !== to.country || to.country === '')) continue;
    if (channel !== undefined && channel !== to.channel) continue;
    const rank = (tenant === undefined ? 0 : 4) + (country === undefined ? 0 : 2) + (channel === undefined ? 0 : 1);
    if (rank < rankFound) continue;
    found = control;
    rankFound = rank;
  }
  return found;
}

/**
 * Weights as shares of 100, for whoever shows or stores them.
 *
 * @returns whole numbers from 0 to 100 that sum to 100 (largest remainder); all 0 when no weight is positive
 */
export function weightsInPercent(weights: Readonly<Record<string, number>>): Record<string, number> {
  const entries = Object.entries(weights).map(([provider, weight]) => ({ provider, weight: weightOf(weight) }));
  const sum = entries.reduce((total, { weight }) => total + weight, 0);
  if (sum === 0) return Object.fromEntries(entries.map(({ provider }) => [provider, 0]));
  const shares = entries.map(({ provider, weight }) => ({ provider, exact: (100 * weight) / sum }));
  let left = 100 - shares.reduce((total, { exact }) => total + Math.floor(exact), 0);
  const byRemainder = shares.toSorted((one, other) => (other.exact % 1) - (one.exact % 1));
  return Object.fromEntries(
    byRemainder.map(({ provider, exact }) => [provider, Math.floor(exact) + (left-- > 0 ? 1 : 0)]),
  );
}

/** Nobody means more; sums stay far from where numbers end. */
const WEIGHT_MAX = 1_000_000_000;

/** What is not a positive number is no share. */
export function weightOf(weight: number | undefined): number {
  return weight !== undefined && weight > 0 ? Math.min(weight, WEIGHT_MAX) : 0;
}
