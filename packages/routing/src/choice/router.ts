import type { Channel } from '@watchword/contracts';
import type { RouteControl } from './controls.ts';

/**
 * Why a provider is no candidate for this call. An exclusion is final: whether a provider that failed may be asked again
 * is the caller's decision, taken by leaving it out of the list.
 */
export type ExclusionReason =
  | 'tried'
  | 'unknown_result'
  | 'in_flight_full'
  | 'throughput'
  | 'breaker'
  | 'drained'
  | 'sender'
  | 'residency'
  | 'price';

/** Why a candidate is not eligible: excluded by the caller, or found so by the router. */
export type IneligibleReason = ExclusionReason | 'country' | 'used_before';

export interface Candidate {
  provider: string;
  /** Lower goes first, where nothing else tells two providers apart. */
  priority: number;
  /** ISO 3166-1 alpha-2, upper case; every country when absent. */
  countries?: readonly string[];
  /** Of one message to this country, in one currency for all candidates; unknown when absent. */
  price?: number;
}

export interface RouteRequest {
  channel: Channel;
  /** ISO 3166-1 alpha-2; '' for e-mail. */
  country: string;
  /** MCC-MNC, where known. */
  operator?: string;
  candidates: readonly Candidate[];
  excluded: readonly { provider: string; reason: ExclusionReason }[];
  /** Providers that earlier sends of this verification used: only where nobody else is eligible. */
  usedBefore?: readonly string[];
  /**
   * Whose breaker is half-open: it gets this send, if it is eligible and operators ask for nobody else, to find out whether it is well
   * again.
   */
  probe?: string;
  /** What operators ask for on this route, see `findControl`. */
  control?: RouteControl;
  /** In [0, 1). */
  random: () => number;
}

/** What made the choice. */
export const ROUTE_RULES = [
  /** Nobody is eligible. */
  'none_eligible',
  /** Only one is eligible. */
  'only_eligible',
  /** Its breaker was half-open, and one send was to find out. */
  'probed',
  /** An operator asked for this provider. */
  'pinned',
  /** By the shares that an operator asked for. */
  'weighted',
  /** One of the few sends that go elsewhere, to learn. */
  'explored',
  /** The best score; without any scores, the first by priority. */
  'best_score',
  /** Cheaper than the best, and within the tolerance of its score. */
  'cheapest_within_tolerance',
  /** Within a point of the best, and chosen before: two that are alike do not take turns. */
  'kept_incumbent',
] as const;
export type RouteRule = (typeof ROUTE_RULES)[number];

/** A candidate as it stood. */
export interface ConsideredCandidate {
  provider: string;
  eligible: boolean;
  reason?: IneligibleReason;
  /** What was compared; absent where nothing is known. */
  score?: number;
  /** Expected share of conversions, 0 to 1. */
  mean?: number;
  /** Sends that the score rests on. */
  n?: number;
  price?: number;
}

/**
 * What was considered and why: goes into the attempt's event (contracts' schema of the same name, whose rule and reason are any text,
 * since routers come and go), so that a choice can be explained and replayed. Candidates are in the order of preference.
 */
export interface RouteDecision {
  rule: RouteRule;
  candidates: ConsideredCandidate[];
  /** The probability with which the chosen provider was to be chosen; what an estimate of another policy divides by. */
  propensity?: number;
  /** The moment whose scores were used, milliseconds since 1970; absent without scores. */
  scored_at?: number;
}

export type RouteChoice =
  | { outcome: 'chosen'; provider: string; decision: RouteDecision }
  | { outcome: 'none'; decision: RouteDecision };

/** Synchronous on purpose: what a router knows is in memory, refreshed aside, so a choice never waits for a network. */
export interface Router {
  choose: (request: RouteRequest) => RouteChoice;
  /** Whether anybody is eligible; nothing is chosen, and nothing remembered. */
  hasEligible: (request: Omit<RouteRequest, 'random'>) => boolean;
}
