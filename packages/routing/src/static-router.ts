import type { Candidate, IneligibleReason, RouteRequest, Router } from './router.ts';

/** By priority alone: the first provider in the order that serves the country and is not excluded. */
export function createStaticRouter(): Router {
  return {
    choose(request) {
      const candidates = [...request.candidates].sort(byPriorityThenName).map((candidate) => {
        const reason = findObstacle(candidate, request);
        const { provider } = candidate;
        return reason === undefined ? { provider, eligible: true } : { provider, eligible: false, reason };
      });
      const decision = { rule: 'static_priority', candidates };
      const chosen = candidates.find((candidate) => candidate.eligible);
      return chosen ? { outcome: 'chosen', provider: chosen.provider, decision } : { outcome: 'none', decision };
    },
  };
}

/** Ties go by name (plain code units, no locale), so that every worker and every replay agrees. */
function byPriorityThenName(left: Candidate, right: Candidate): number {
  if (left.priority !== right.priority) return left.priority - right.priority;
  if (left.provider === right.provider) return 0;
  return left.provider < right.provider ? -1 : 1;
}

/** What the caller excluded is named first: it says more about this call than the configuration does. */
function findObstacle(candidate: Candidate, request: RouteRequest): IneligibleReason | undefined {
  const exclusion = request.excluded.find(({ provider }) => provider === candidate.provider);
  if (exclusion) return exclusion.reason;
  if (candidate.countries && !candidate.countries.includes(request.country)) return 'country';
  return undefined;
}
