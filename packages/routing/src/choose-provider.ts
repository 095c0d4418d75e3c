import type { Score } from './scores/score-table.ts';
import type {
  Candidate,
  IneligibleReason,
  RouteChoice,
  RouteDecision,
  RouteRequest,
  RouteRule,
  Router,
  RouterDeps,
} from './router.ts';

/** The share of sends that goes to any eligible provider, so that what is not chosen is still known. */
const EXPLORED_SHARE = 0.01;
/** Before so many sends are known of the favourite there is nothing that the others could be compared with. */
const EXPLORED_FROM = 20;
/** Who was chosen last stays until somebody is better by so much: scores of two that are as good as each other take turns otherwise. */
const LEAD = 0.01;
/** Groups of sends (tenant's preference aside: country and operator) whose last choice is remembered. */
const INCUMBENTS_MAX = 20_000;

interface Judged {
  candidate: Candidate;
  score: Score;
}

/** Takes the provider whose codes are typed: by scores, prices and what is wanted of the choice. */
export function createRouter({ scores }: RouterDeps): Router {
  const incumbents = new Map<string, string>();

  return {
    choose(request) {
      const table = scores();
      const { channel, country, operator, preference } = request;
      const eligible: Judged[] = [];
      const ruledOut: RouteDecision['candidates'] = [];
      for (const candidate of request.candidates) {
        const { provider } = candidate;
        const reason = findObstacle(candidate, request);
        if (reason !== undefined) ruledOut.push({ provider, eligible: false, reason });
        else eligible.push({ candidate, score: table.scoreOf({ provider, channel, country, operator }) });
      }
      eligible.sort(byExpected);
      if (eligible.length === 0) return tell({ rule: 'none' }, eligible, ruledOut);
      if (eligible.length === 1)
        return tell({ rule: 'only_one', chosen: eligible[0]!, propensity: 1 }, eligible, ruledOut);
      const pinned = eligible.find(({ candidate }) => candidate.provider === preference?.pin);
      if (pinned) return tell({ rule: 'pin', chosen: pinned, propensity: 1 }, eligible, ruledOut);
      const weighted = chooseByWeights(eligible, request);
      if (weighted) return tell(weighted, eligible, ruledOut);
      const group = `${channel}|${country}|${operator}`;
      const favourite = findFavourite(eligible, incumbents.get(group), preference?.tolerance ?? 0);
      // who is taken because another is not to be had just now is nobody's favourite
      if (request.excluded.length === 0) remember(incumbents, group, favourite.chosen.candidate.provider);
      return tell(explore(favourite, eligible, request), eligible, ruledOut);
    },
  };
}

interface Pick {
  rule: RouteRule;
  chosen: Judged;
  propensity: number;
}

/** Best first; ties by the configured order, then by name (plain code units, no locale), so that every worker and every replay agrees. */
function byExpected(left: Judged, right: Judged): number {
  return right.score.expected - left.score.expected || byPriorityThenName(left.candidate, right.candidate);
}

function byPriorityThenName(left: Candidate, right: Candidate): number {
  if (left.priority !== right.priority) return left.priority - right.priority;
  if (left.provider === right.provider) return 0;
  return left.provider < right.provider ? -1 : 1;
}

/** What the caller excluded is named first: it says more about this call than the configuration does. */
function findObstacle(
  { provider, countries, price }: Candidate,
  { excluded, country, preference }: RouteRequest,
): IneligibleReason | undefined {
  for (const exclusion of excluded) if (exclusion.provider === provider) return exclusion.reason;
  if (countries && !countries.includes(country)) return 'country';
  const { priceMax } = preference ?? {};
  // where its price is not known it may be anything
  if (priceMax !== undefined && !(price !== undefined && price <= priceMax)) return 'price';
  return undefined;
}

function chooseByWeights(eligible: readonly Judged[], { preference, random }: RouteRequest): Pick | undefined {
  const weights = preference?.weights;
  if (!weights) return undefined;
  const weightOf = ({ candidate }: Judged): number => weights[candidate.provider] ?? 0;
  const total = eligible.reduce((sum, each) => sum + weightOf(each), 0);
  // none of those who were to share the traffic can take any
  if (!(total > 0)) return undefined;
  let left = random() * total;
  const chosen =
    eligible.find((each) => (left -= weightOf(each)) < 0) ?? eligible.findLast((each) => weightOf(each) > 0)!;
  return { rule: 'weights', chosen, propensity: weightOf(chosen) / total };
}

/** @param eligible best first, two at least */
function findFavourite(
  eligible: readonly Judged[],
  incumbent: string | undefined,
  tolerance: number,
): { rule: RouteRule; chosen: Judged } {
  const best = eligible[0]!;
  const priceOf = ({ candidate }: Judged): number => candidate.price ?? Number.POSITIVE_INFINITY;
  if (tolerance > 0) {
    const least = best.score.expected * (1 - tolerance);
    const good = eligible.filter(({ score }) => score.expected >= least);
    const cheapest = good.reduce((one, other) => (priceOf(other) < priceOf(one) ? other : one));
    if (priceOf(cheapest) < priceOf(best)) return { rule: 'cheapest', chosen: cheapest };
  }
  const former = eligible.find(({ candidate }) => candidate.provider === incumbent);
  if (former && former !== best && best.score.expected - former.score.expected < LEAD) {
    return { rule: 'incumbent', chosen: former };
  }
  return { rule: 'best', chosen: best };
}

/** Now and then any of them, so that its score stays true; each with the same chance. */
function explore(
  { rule, chosen }: { rule: RouteRule; chosen: Judged },
  eligible: readonly Judged[],
  { preference, random }: RouteRequest,
): Pick {
  const explores = preference?.explores !== false && chosen.score.trials >= EXPLORED_FROM;
  const share = explores ? EXPLORED_SHARE : 0;
  const each = share / eligible.length;
  const drawn = random();
  if (drawn >= share) return { rule, chosen, propensity: 1 - share + each };
  const other = eligible[Math.min(eligible.length - 1, Math.floor(drawn / each))]!;
  if (other === chosen) return { rule, chosen, propensity: 1 - share + each };
  return { rule: 'explore', chosen: other, propensity: each };
}

function remember(incumbents: Map<string, string>, group: string, provider: string): void {
  if (incumbents.get(group) === provider) return;
  if (incumbents.size >= INCUMBENTS_MAX) incumbents.delete(incumbents.keys().next().value!);
  incumbents.set(group, provider);
}

function tell(
  pick: Pick | { rule: 'none' },
  eligible: readonly Judged[],
  ruledOut: RouteDecision['candidates'],
): RouteChoice {
  const candidates = [
    ...eligible.map(({ candidate: { provider, price }, score }) => ({
      provider,
      eligible: true,
      score: round(score.expected),
      n: Math.round(score.trials),
      ...(price !== undefined && { price }),
    })),
    ...ruledOut,
  ];
  if (pick.rule === 'none' || !('chosen' in pick)) return { outcome: 'none', decision: { rule: 'none', candidates } };
  const { rule, chosen, propensity } = pick;
  return {
    outcome: 'chosen',
    provider: chosen.candidate.provider,
    decision: { rule, propensity: round(propensity), candidates },
  };
}

/** Three digits say all that a score knows; decisions lie in Kafka for a week. */
function round(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
