import type { Channel } from '@watchword/contracts';

/**
 * Why a provider is no candidate for this call. An exclusion is final: whether a provider that failed may be asked again
 * is the caller's decision, taken by leaving it out of the list.
 */
export type ExclusionReason = 'tried' | 'unknown_result' | 'in_flight_full' | 'breaker' | 'drained';

/** Why a candidate is not eligible: excluded by the caller, or found so by the router. */
export type IneligibleReason = ExclusionReason | 'country';

export interface Candidate {
  provider: string;
  /** Lower goes first. */
  priority: number;
  /** ISO 3166-1 alpha-2, upper case; every country when absent. */
  countries?: readonly string[];
}

export interface RouteRequest {
  channel: Channel;
  /** ISO 3166-1 alpha-2; '' for e-mail. */
  country: string;
  /** MCC-MNC, where known. */
  operator?: string;
  candidates: readonly Candidate[];
  excluded: readonly { provider: string; reason: ExclusionReason }[];
  /** In [0, 1); for routers that explore. */
  random: () => number;
}

/**
 * What was considered and why: goes into the attempt's event (contracts' schema of the same name, whose reason is any text,
 * since routers come and go), so that a choice can be explained and replayed. Candidates are in the order of preference.
 */
export interface RouteDecision {
  rule: string;
  candidates: { provider: string; eligible: boolean; reason?: IneligibleReason }[];
}

export type RouteChoice =
  | { outcome: 'chosen'; provider: string; decision: RouteDecision }
  | { outcome: 'none'; decision: RouteDecision };

/** Synchronous on purpose: what a router knows is in memory, refreshed aside, so a choice never waits for a network. */
export interface Router {
  choose: (request: RouteRequest) => RouteChoice;
}
