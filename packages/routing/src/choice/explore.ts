import type { RouteView } from '../scores/score-table.ts';
import type { Rated } from './pick-preferred.ts';

/**
 * Of all sends, how many go to anybody: to see whether an outage is over, and to give whoever is eligible a chance that an estimate of
 * other policies can divide by.
 */
const EXPLORED_SHARE = 0.01;
/** Of all sends, how many newcomers get together, until enough is known of them. */
const NEWCOMERS_SHARE = 0.02;

/**
 * The probability with which each candidate is chosen in order to learn, in the order given; the rest goes to the preferred one.
 *
 * @returns a share for each; together at most 0.03
 */
export function explorationShares(eligible: readonly Rated[], view: RouteView, preferred: Rated): number[] {
  const newcomers = eligible.map((each) => each !== preferred && view.isNewcomer(each.candidate.provider));
  const newcomersCount = newcomers.filter(Boolean).length;
  const share = EXPLORED_SHARE / (eligible.length - newcomersCount);
  return newcomers.map((isNewcomer) => (isNewcomer ? NEWCOMERS_SHARE / newcomersCount : share));
}

/** @returns the index whose stretch of the shares, laid end to end from 0, holds the number; undefined beyond them */
export function drawExploration(shares: readonly number[], number: number): number | undefined {
  let end = 0;
  for (const [at, share] of shares.entries()) {
    end += share;
    if (number < end) return at;
  }
  return undefined;
}
