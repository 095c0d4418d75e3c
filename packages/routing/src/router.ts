import type { Channel } from '@watchword/contracts';
import type { Score, ScoreTable } from './scores/score-table.ts';

/**
 * Why the caller rules a provider out for this call. An exclusion is final: whether a provider that failed may be asked again is the
 * caller's decision, taken by leaving it out of the list.
 */
export type ExclusionReason = 'tried' | 'unknown_result' | 'in_flight_full' | 'breaker' | 'drained' | 'throughput';

/** Why a candidate is not eligible: excluded by the caller, or found so by the router. */
export type IneligibleReason = ExclusionReason | 'country' | 'price';

export interface Candidate {
  provider: string;
  /** Lower goes first, where nothing else tells two apart. */
  priority: number;
  /** ISO 3166-1 alpha-2, upper case; every country when absent: where its sender is registered and it may be used. */
  countries?: readonly string[];
  /** Of one send to this request's country, in a currency that all candidates have; absent where it is not known. */
  price?: number;
}

/** What an operator of the deployment, or a tenant, wants of a choice. */
export interface Preference {
  /** Only this provider, as long as it is eligible. */
  pin?: string;
  /** Shares of the traffic by provider, in place of the scores; those without one get none. */
  weights?: Readonly<Record<string, number>>;
  /** No send may cost more, in the candidates' currency. */
  priceMax?: number;
  /**
   * Price against quality, 0 to 1: the cheapest is taken among those whose expected conversion is at most this share below the best.
   * Default 0: quality alone.
   */
  tolerance?: number;
  /** Whether a small share of sends may go to another than the best, to know how it does. Default true. */
  explores?: boolean;
}

export interface RouteRequest {
  channel: Channel;
  /** ISO 3166-1 alpha-2; '' for e-mail. */
  country: string;
  /** MCC-MNC; '' where it is not known. */
  operator: string;
  candidates: readonly Candidate[];
  excluded: readonly { provider: string; reason: ExclusionReason }[];
  preference?: Preference;
  /** In [0, 1). */
  random: () => number;
}

/** Which consideration decided. */
export type RouteRule = 'only_one' | 'pin' | 'weights' | 'explore' | 'incumbent' | 'cheapest' | 'best' | 'none';

/**
 * What was considered and why: goes into the attempt's event (contracts' schema of the same name), so that a choice can be explained and
 * replayed. Candidates are in the order of preference.
 */
export interface RouteDecision {
  rule: RouteRule;
  /** How likely this choice was, 0 to 1, given what was known: what off-policy estimates divide by. */
  propensity?: number;
  candidates: {
    provider: string;
    eligible: boolean;
    reason?: IneligibleReason;
    /** Expected conversion, 0 to 1. */
    score?: number;
    /** Effective sends that the score rests on. */
    n?: number;
    price?: number;
  }[];
}

export type RouteChoice =
  | { outcome: 'chosen'; provider: string; decision: RouteDecision }
  | { outcome: 'none'; decision: RouteDecision };

/** Synchronous on purpose: what a router knows is in memory, refreshed aside, so a choice never waits for a network. */
export interface Router {
  choose: (request: RouteRequest) => RouteChoice;
}

export interface RouterDeps {
  /** The scores of just now. */
  scores: () => ScoreTable;
}

export type { Score, ScoreTable };
