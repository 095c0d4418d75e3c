import type { StoredCandidate } from './stored-decision.ts';

/** Every provider of another country is left out of every choice: that says least. */
const LASTING_REASON = 'country';

/**
 * Candidates by how much they say about a choice: the chosen one, who came next, who was left out for what may pass, the other
 * eligible ones, then the rest; each kind in the order of preference.
 */
export function rankCandidates(candidates: readonly StoredCandidate[], chosen: string): StoredCandidate[] {
  const runnerUp = candidates.find(({ eligible, provider }) => eligible && provider !== chosen);
  const rank = (candidate: StoredCandidate): number => {
    if (candidate.provider === chosen) return 0;
    if (candidate === runnerUp) return 1;
    if (candidate.eligible) return 3;
    return candidate.reason === LASTING_REASON ? 4 : 2;
  };
  return candidates.toSorted((one, other) => rank(one) - rank(other));
}
