import type { RouteView, Score } from '../scores/score-table.ts';
import type { Candidate, IneligibleReason, RouteRule } from './router.ts';

/** By how much another one must be better than the one chosen before. */
const LEAD_MIN = 0.01;

/** A candidate with what is known of it. */
export interface Rated {
  candidate: Candidate;
  score: Score | undefined;
  /** The score's, or 0. */
  upper: number;
  reason: IneligibleReason | undefined;
}

/**
 * The cheapest of those within the tolerance of the best; with a tolerance of 0 the best. The incumbent has a head start of
 * `LEAD_MIN`. A newcomer is preferred only where there is nobody else.
 *
 * @param eligible best score first, at least one
 * @param tolerance share of the best score that may be given for a lower price
 */
export function pickPreferred(
  eligible: readonly Rated[],
  view: RouteView,
  tolerance: number,
  incumbent: string | undefined,
): { rated: Rated; rule: RouteRule } {
  const established = eligible.filter(({ candidate }) => !view.isNewcomer(candidate.provider));
  const among = established.length > 0 ? established : eligible;
  const first = among[0]!;
  const worth = (each: Rated): number =>
    each.upper + (each.score !== undefined && each.candidate.provider === incumbent ? LEAD_MIN : 0);
  const best = among.reduce((leader, each) => (worth(each) > worth(leader) ? each : leader), first);
  const scored: RouteRule = best === first ? 'best_score' : 'kept_incumbent';
  if (tolerance <= 0) return { rated: best, rule: scored };
  const floor = worth(best) * (1 - Math.min(1, tolerance));
  const cheapest = among.reduce(
    (leader, each) => (worth(each) >= floor && priceOf(each) < priceOf(leader) ? each : leader),
    best,
  );
  return { rated: cheapest, rule: cheapest === best ? scored : 'cheapest_within_tolerance' };
}

/** A price that nobody knows is no bargain. */
function priceOf({ candidate }: Rated): number {
  return candidate.price ?? Infinity;
}
