import type { RoutingView } from '@watchword/contracts';
import { explainDecision, unpackDecision } from '@watchword/routing';
import type { ProviderConfig } from '@watchword/runtime';
import { isGap, type Attempt, type Verification } from '@watchword/verification';

type RoutedAttempt = RoutingView['attempts'][number];
type CurrencyOf = (provider: string) => string | undefined;

/** What was never kept, or by a version whose packing this one does not read. */
const NOT_KEPT = 'is not kept here; where it is known, the attempt event tells it.';

/**
 * Says why each attempt of a verification went to its provider, by its record alone.
 *
 * @param providers of the configuration as it stands: the prices of a decision are in one currency, theirs
 */
export function createRoutingView(
  providers: readonly Pick<ProviderConfig, 'name' | 'price'>[],
): (state: Verification) => RoutingView {
  const currencies = new Map(providers.map(({ name, price }) => [name, price?.currency]));
  return ({ id, attempts }) => ({
    id,
    attempts: attempts.flatMap((attempt, index) =>
      isGap(attempt) ? [] : [viewRouted(attempt, index + 1, (provider) => currencies.get(provider))],
    ),
  });
}

function viewRouted(attempt: Attempt, n: number, currencyOf: CurrencyOf): RoutedAttempt {
  const { provider, send, claimedAt } = attempt;
  const kept = unpackDecision(attempt.decision, provider);
  const head = { n, send, provider, at: new Date(claimedAt).toISOString() };
  if (!kept)
    return { ...head, candidates: [], excluded: [], sentence: `Sent by ${provider}. Why it was chosen ${NOT_KEPT}` };
  const { decision, leftOut } = kept;
  const { rule, propensity, candidates } = decision;
  return {
    ...head,
    rule,
    ...(propensity !== undefined && { propensity }),
    candidates: candidates.flatMap(({ eligible, ...candidate }) => (eligible ? [candidate] : [])),
    excluded: candidates.flatMap(({ eligible, provider: name, reason }) =>
      eligible ? [] : [{ provider: name, ...(reason !== undefined && { reason }) }],
    ),
    ...(leftOut.eligible + leftOut.excluded > 0 && {
      not_kept: { candidates: leftOut.eligible, excluded: leftOut.excluded },
    }),
    sentence: explainDecision(decision, provider, { currency: currencyOf(provider), leftOut }),
  };
}
