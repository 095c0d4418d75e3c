import { ROUTE_RULES, type IneligibleReason, type RouteRule } from '../choice/router.ts';
import type { KeptDecision } from './pack-decision.ts';
import type { StoredCandidate, StoredDecision } from './stored-decision.ts';

/** After "Sent by <provider>". */
const RULES: Readonly<Record<Exclude<RouteRule, 'none_eligible' | 'best_score'>, string>> = {
  only_eligible: 'the only one that was left',
  probed: 'which had been failing: this send was to find out whether it is well again',
  pinned: 'which an operator had pinned',
  weighted: 'drawn by the weights that an operator had set',
  explored: 'drawn to learn how well it delivers',
  cheapest_within_tolerance: 'the cheapest of those near enough to the best',
  kept_incumbent: 'which was chosen before and is less than a point behind the best',
};
const BEST_OF_SCORES = 'which had the best score';
const FIRST_WITHOUT_SCORES = 'the first in the configured order, since nothing was known of it yet';

/** After "<provider>: it". */
const REASONS: Readonly<Record<IneligibleReason, string>> = {
  tried: 'had been tried already',
  unknown_result: 'may have sent this message already',
  in_flight_full: 'had as many calls in flight as it may',
  throughput: 'had used up its messages a second',
  breaker: 'was failing, and its breaker was open',
  drained: 'was being drained',
  sender: 'has no sender registered for this country',
  residency: 'keeps data where this tenant’s may not be',
  country: 'does not serve this country',
  price: 'costs more than is allowed',
  used_before: 'was used for an earlier message of this verification',
};

/** Nearer than this two scores are told as alike: what the router asks of a new favourite, too. */
const ALIKE_MAX = 0.01;

/** From here on by how much says nothing more; of a young cell, whose score may lie above 1, it would be wrong. */
const FAR_MIN = 0.5;

export interface ExplainOptions {
  /** Of the candidates' prices, ISO 4217. */
  currency?: string | undefined;
  /** Who is not among the candidates of a kept decision. */
  leftOut?: KeptDecision['leftOut'] | undefined;
}

/**
 * A stored decision in plain words, for people who have never seen a router.
 *
 * @param provider whom the attempt went to; undefined where nobody was chosen
 * @returns one paragraph of English
 */
export function explainDecision(
  decision: StoredDecision,
  provider: string | undefined,
  { currency, leftOut }: ExplainOptions = {},
): string {
  const chosen = decision.candidates.find((candidate) => candidate.provider === provider);
  const others = decision.candidates.filter((candidate) => candidate !== chosen);
  const money = (price: number): string => (currency === undefined ? String(price) : `${price} ${currency}`);
  return [
    explainChoice(decision.rule, provider, chosen, money),
    ...explainChance(decision),
    ...others.filter(({ eligible }) => eligible).map((other) => compare(other, chosen, money)),
    ...explainExcluded(others.filter(({ eligible }) => !eligible)),
    ...explainLeftOut(leftOut),
  ].join(' ');
}

type Money = (price: number) => string;

function explainChoice(
  rule: string,
  provider: string | undefined,
  chosen: StoredCandidate | undefined,
  money: Money,
): string {
  if (provider === undefined) return `Nobody was chosen: ${rule === NONE ? 'nobody was left' : `rule "${rule}"`}.`;
  const head = `Sent by ${provider}, ${explainRule(rule, chosen)}`;
  const facts = chosen ? explainFacts(chosen, money) : '';
  return facts === '' ? `${head}.` : `${head}: ${facts}.`;
}

const NONE: RouteRule = 'none_eligible';

function explainRule(rule: string, chosen: StoredCandidate | undefined): string {
  if (rule === 'best_score') return chosen?.score === undefined ? FIRST_WITHOUT_SCORES : BEST_OF_SCORES;
  const known = (ROUTE_RULES as readonly string[]).includes(rule) && rule !== NONE;
  return known ? RULES[rule as keyof typeof RULES] : `by the rule "${rule}"`;
}

/** The score is the mean and what is not known for sure on top. */
function explainFacts({ mean, score, n, price }: StoredCandidate, money: Money): string {
  const doubt = [
    ...(mean !== undefined && score !== undefined ? [`±${points(Math.min(1, score - mean))}`] : []),
    ...(n === undefined ? [] : [`from ${n} ${n === 1 ? 'send' : 'sends'} of late`]),
  ];
  return [
    ...(mean === undefined ? [] : [`of its codes people are expected to type ${points(mean)} in 100`]),
    ...(mean !== undefined && doubt.length > 0 ? [`(${doubt.join(', ')})`] : []),
    ...(price === undefined ? [] : [mean === undefined ? `it costs ${money(price)}` : `at a price of ${money(price)}`]),
  ].join(' ');
}

function explainChance({ propensity }: StoredDecision): string[] {
  if (propensity === undefined || propensity === 1) return [];
  return [`Of 1,000 such choices ${points(propensity * 10)} go to it.`];
}

function compare(other: StoredCandidate, chosen: StoredCandidate | undefined, money: Money): string {
  const { provider, score, price } = other;
  const costs = price === undefined ? undefined : explainCost(price, chosen?.price, money);
  const said = [explainScore(score, chosen?.score), costs].filter((each) => each !== undefined);
  return said.length === 0 ? `${provider} could have been chosen too.` : `${provider} ${said.join(' and ')}.`;
}

function explainScore(score: number | undefined, than: number | undefined): string | undefined {
  if (score === undefined) return than === undefined ? undefined : 'was not known yet';
  if (than === undefined) return `scored ${points(score)} of 100`;
  const ahead = score - than;
  if (Math.abs(ahead) < ALIKE_MAX) return 'was expected to do alike';
  const how = ahead > 0 ? 'better' : 'worse';
  return Math.abs(ahead) >= FAR_MIN
    ? `was expected to do much ${how}`
    : `was expected to do ${how} by ${points(Math.abs(ahead))} in 100`;
}

function explainCost(price: number, than: number | undefined, money: Money): string {
  if (than === undefined) return `costs ${money(price)}`;
  if (price === than) return 'costs the same';
  return `costs ${price > than ? 'more' : 'less'} (${money(price)})`;
}

function explainExcluded(excluded: readonly StoredCandidate[]): string[] {
  if (excluded.length === 0) return [];
  return [`Left out: ${excluded.map(({ provider, reason }) => `${provider}, ${explainReason(reason)}`).join('; ')}.`];
}

function explainReason(reason: string | undefined): string {
  if (reason === undefined) return 'and no reason was kept';
  return Object.hasOwn(REASONS, reason) ? `which ${REASONS[reason as IneligibleReason]}` : `by the reason "${reason}"`;
}

function explainLeftOut({ eligible, excluded }: KeptDecision['leftOut'] = { eligible: 0, excluded: 0 }): string[] {
  const said = [
    ...(eligible > 0 ? [`${eligible} more could have been chosen`] : []),
    ...(excluded > 0 ? [`${excluded} more ${excluded === 1 ? 'was' : 'were'} left out`] : []),
  ];
  return said.length === 0 ? [] : [`${said.join(' and ')}: the full decision is in the attempt event.`];
}

/** A share as so many in a hundred; a few with a digit more. */
function points(share: number): number {
  const all = share * 100;
  return all < 10 ? Math.round(all * 10) / 10 : Math.round(all);
}
