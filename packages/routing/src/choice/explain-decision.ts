import type { AttemptEvent } from '@watchword/contracts';
import { ROUTE_RULES, type IneligibleReason, type RouteRule } from './router.ts';

/** A decision as an attempt's event keeps it: rules and reasons of other versions may be among them. */
export type StoredDecision = NonNullable<AttemptEvent['decision']>;
type StoredCandidate = StoredDecision['candidates'][number];

const RULES: Readonly<Record<RouteRule, string>> = {
  none_eligible: 'nobody was eligible',
  only_eligible: 'it was the only one eligible',
  probed: 'it had been failing, and this send was to find out whether it is well again',
  pinned: 'an operator pinned it',
  weighted: 'it was drawn by the weights that an operator set',
  explored: 'it was drawn to learn how well it delivers',
  best_score: 'it had the best score, or the first place where there were no scores',
  cheapest_within_tolerance: 'it was the cheapest of those near enough to the best',
  kept_incumbent: 'it was chosen before, and the best was ahead of it by less than a point',
};

const REASONS: Readonly<Record<IneligibleReason, string>> = {
  tried: 'was tried already',
  unknown_result: 'may have sent this message already',
  in_flight_full: 'had as many calls in flight as it may',
  throughput: 'had used up its messages a second',
  breaker: 'was failing and is given time',
  drained: 'is being drained',
  sender: 'has no sender registered for this country',
  residency: 'keeps data where this tenant’s may not be',
  country: 'does not serve this country',
  price: 'costs more than is allowed, or is priced in another currency',
  used_before: 'was used for an earlier message of this verification',
};

/** A stored decision in plain words. @param provider whom the attempt went to; undefined where nobody was chosen */
export function explainDecision(decision: StoredDecision, provider: string | undefined): string[] {
  const rule = ROUTE_RULES.includes(decision.rule as RouteRule)
    ? RULES[decision.rule as RouteRule]
    : `of the rule "${decision.rule}"`;
  const head = provider === undefined ? `Nobody was chosen: ${rule}.` : `${provider} was chosen: ${rule}.`;
  return [head, ...explainChance(decision), ...decision.candidates.map(explainCandidate)];
}

function explainChance({ propensity, scored_at: scoredAt }: StoredDecision): string[] {
  const said: string[] = [];
  if (propensity !== undefined && propensity < 1)
    said.push(`Of 1,000 such choices it would have been chosen in ${formatNumber(propensity * 1_000, 1)}.`);
  if (scoredAt !== undefined) said.push(`The scores were those of ${new Date(scoredAt).toISOString()}.`);
  return said;
}

function explainCandidate({ provider, eligible, reason, score, mean, n, price }: StoredCandidate): string {
  const known = [
    mean === undefined ? undefined : `${formatNumber(mean * 100, 1)} % expected to convert`,
    score === undefined ? undefined : `score ${formatNumber(score * 100, 1)}`,
    n === undefined ? undefined : `from ${n} sends`,
    price === undefined ? undefined : `price ${price}`,
  ].filter((each) => each !== undefined);
  const facts = known.length === 0 ? 'nothing known' : known.join(', ');
  if (eligible) return `${provider}: ${facts}.`;
  return `${provider}: not eligible, ${explainReason(reason)} (${facts}).`;
}

function explainReason(reason: string | undefined): string {
  if (reason === undefined) return 'and no reason was kept';
  return reason in REASONS ? `it ${REASONS[reason as IneligibleReason]}` : `the reason is "${reason}"`;
}

function formatNumber(value: number, digits: number): string {
  return Number(value.toFixed(digits)).toString();
}
