import type { RouteView, ScoreTable } from '../scores/score-table.ts';
import { routeKey, viewRoute } from '../scores/score-table.ts';
import { weightOf, type RouteControl } from './controls.ts';
import { drawExploration, explorationShares } from './explore.ts';
import { findObstacle } from './find-obstacle.ts';
import { pickPreferred, type Rated } from './pick-preferred.ts';
import type { IneligibleReason, RouteChoice, RouteDecision, Router, RouteRequest, RouteRule } from './router.ts';

/**
 * Routes whose incumbent is remembered, for each set of providers: every country with its operators several times over. Beyond it all
 * are forgotten.
 */
const INCUMBENTS_MAX = 20_000;

interface Picked {
  provider: string;
  rule: RouteRule;
  propensity: number;
}

/**
 * Who delivers: who is eligible, then what operators ask for, then the scores. Without scores and controls the lowest priority number.
 *
 * @param scores the table as it stands; read once for every choice
 */
export function createRouter(scores: () => ScoreTable): Router {
  const incumbents = new Map<string, string>();
  return {
    choose(request) {
      const table = scores();
      const { channel, country, operator = '' } = request;
      const view = viewRoute(table, channel, country, operator);
      const rated = rate(request, view);
      const eligible = rated.filter((each) => each.reason === undefined);
      const route = `${routeKey(channel, country, operator)}|${nameAllowed(rated)}`;
      const picked = pick(eligible, request, view, incumbents.get(route));
      // who is taken because another is not to be had just now is nobody's favourite
      const free = !rated.some(isPassing) && (request.usedBefore ?? []).length === 0;
      if (free && picked?.rule !== 'pinned' && picked?.preferred !== undefined) {
        if (incumbents.size >= INCUMBENTS_MAX) incumbents.clear();
        incumbents.set(route, picked.preferred);
      }
      return toChoice(rated, picked, table.atMs);
    },
    hasEligible: (request) => request.candidates.some((candidate) => findObstacle(candidate, request) === undefined),
  };
}

/** Out for this call only. Whatever else keeps somebody out holds of the next send like this one too. */
const PASSING: ReadonlySet<IneligibleReason> = new Set<IneligibleReason>([
  'tried',
  'unknown_result',
  'in_flight_full',
  'throughput',
  'breaker',
  'used_before',
]);

function isPassing({ reason }: Rated): boolean {
  return reason !== undefined && PASSING.has(reason);
}

/** Who may deliver at all: a favourite of those who may use everybody is none of those who may not. */
function nameAllowed(rated: readonly Rated[]): string {
  const allowed = rated.filter((each) => each.reason === undefined || isPassing(each));
  return allowed
    .map(({ candidate }) => candidate.provider)
    .sort()
    .join('|');
}

function rate(request: RouteRequest, view: RouteView): Rated[] {
  const rated = request.candidates.map((candidate): Rated => {
    const score = view.scoreOf(candidate.provider);
    return { candidate, score, upper: score?.upper ?? 0, reason: findObstacle(candidate, request) };
  });
  return avoidUsed(rated, request.usedBefore).sort(byPreference);
}

/** Whoever asks again did not get the first message: another provider, if there is one. */
function avoidUsed(rated: Rated[], usedBefore: readonly string[] | undefined): Rated[] {
  if (!usedBefore || usedBefore.length === 0) return rated;
  const isUsed = ({ candidate }: Rated): boolean => usedBefore.includes(candidate.provider);
  if (!rated.some((each) => each.reason === undefined && !isUsed(each))) return rated;
  return rated.map((each) => (each.reason === undefined && isUsed(each) ? { ...each, reason: 'used_before' } : each));
}

/** Ties go by priority, then name (plain code units, no locale), so that every worker and every replay agrees. */
function byPreference(left: Rated, right: Rated): number {
  if (left.upper !== right.upper) return right.upper - left.upper;
  const [one, other] = [left.candidate, right.candidate];
  if (one.priority !== other.priority) return one.priority - other.priority;
  return one.provider < other.provider ? -1 : Number(one.provider > other.provider);
}

/** @returns also whom the scores prefer, where that was asked */
function pick(
  eligible: readonly Rated[],
  request: RouteRequest,
  view: RouteView,
  incumbent: string | undefined,
): (Picked & { preferred?: string }) | undefined {
  const [first] = eligible;
  if (!first) return undefined;
  const { control = NO_CONTROL, random } = request;
  const pinned = eligible.find(({ candidate }) => candidate.provider === control.pin);
  const asked = pinned ? [pinned] : withWeight(eligible, control.weights);
  const probed = asked.find(({ candidate }) => candidate.provider === request.probe);
  if (probed) return { provider: probed.candidate.provider, rule: 'probed', propensity: 1 };
  if (eligible.length === 1) return { provider: first.candidate.provider, rule: 'only_eligible', propensity: 1 };
  if (pinned) return { provider: pinned.candidate.provider, rule: 'pinned', propensity: 1 };
  const weighted = control.weights && pickWeighted(eligible, control.weights, random);
  if (weighted) return weighted;
  const preferred = pickPreferred(eligible, view, control.tolerance ?? 0, incumbent);
  const chosen = preferred.rated.candidate.provider;
  if (first.score === undefined || control.explore === 0)
    return { provider: chosen, rule: preferred.rule, propensity: 1, preferred: chosen };
  const shares = explorationShares(eligible, view, preferred.rated, control.explore);
  const explored = drawExploration(shares, random());
  const at = explored ?? eligible.indexOf(preferred.rated);
  const rest = 1 - shares.reduce((sum, share) => sum + share, 0);
  return {
    provider: eligible[at]!.candidate.provider,
    rule: explored === undefined ? preferred.rule : 'explored',
    propensity: shares[at]! + (eligible[at] === preferred.rated ? rest : 0),
    preferred: chosen,
  };
}

const NO_CONTROL: RouteControl = {};

/** @returns those that operators share the sends out among; all where they ask for none of them */
function withWeight(eligible: readonly Rated[], weights: RouteControl['weights'] = {}): readonly Rated[] {
  const weighed = eligible.filter(({ candidate }) => weightOf(weights[candidate.provider]) > 0);
  return weighed.length > 0 ? weighed : eligible;
}

function pickWeighted(
  eligible: readonly Rated[],
  weights: Readonly<Record<string, number>>,
  random: () => number,
): Picked | undefined {
  const shares = eligible.map(({ candidate }) => weightOf(weights[candidate.provider]));
  const sum = shares.reduce((total, share) => total + share, 0);
  if (sum === 0) return undefined;
  // the last one with a share takes what rounding leaves
  const at = drawExploration(shares, random() * sum) ?? shares.findLastIndex((share) => share > 0);
  return { provider: eligible[at]!.candidate.provider, rule: 'weighted', propensity: shares[at]! / sum };
}

function toChoice(rated: readonly Rated[], picked: Picked | undefined, atMs: number): RouteChoice {
  const decision: RouteDecision = {
    rule: picked?.rule ?? 'none_eligible',
    candidates: rated.map(({ candidate: { provider, price }, score, reason }) => ({
      provider,
      eligible: reason === undefined,
      ...(reason !== undefined && { reason }),
      ...(score && { score: round(score.upper), mean: round(score.mean), n: Math.round(score.n) }),
      ...(price !== undefined && { price }),
    })),
  };
  if (atMs > 0) decision.scored_at = atMs;
  if (!picked) return { outcome: 'none', decision };
  decision.propensity = picked.propensity;
  return { outcome: 'chosen', provider: picked.provider, decision };
}

/** Four digits tell all there is to tell, and an event is no longer than it must be. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
