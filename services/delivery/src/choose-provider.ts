import type { ErrorClass } from '@watchword/contracts';
import type { ExclusionReason, RouteDecision, Router } from '@watchword/routing';
import type { Verification } from '@watchword/verification';
import type { InFlight } from './in-flight.ts';
import type { RouteTerms } from './route-terms.ts';
import type { Throughput } from './throughput.ts';

/** Faults that the same provider would find again: it is not asked twice in one send. */
const LASTING: ReadonlySet<string> = new Set<ErrorClass>([
  'blocked',
  'spam_filtered',
  'regulatory',
  'account',
  'content',
]);

type ProviderChoice =
  | { outcome: 'chosen'; provider: string; decision: RouteDecision }
  /** There are providers, but each has as many calls in flight as it may, or has used up its messages a second. */
  | { outcome: 'full'; retryMs: number }
  | { outcome: 'none' };

/** How long a job waits where a provider is full: its place is free when some call ends. */
const FULL_RETRY_MS = 250;
/** How long it waits where rates are used up: a second's messages may go by then. Sooner, a burst would use up the runs of its jobs. */
const SPENT_RETRY_MS = 1_000;

export interface ProviderChooser {
  /** @param tried by this run of the job */
  choose(state: Verification, to: { country: string; operator: string }, tried: readonly string[]): ProviderChoice;
}

export interface ChooserDeps {
  router: Router;
  /** What configuration and operators say of a tenant's choice for a country. */
  terms(tenant: string, country: string): RouteTerms;
  inFlight: Pick<InFlight, 'isFull'>;
  throughput: Pick<Throughput, 'isSpent'>;
  /** Nobody is eligible, for whatever reasons. */
  onNobody(decision: RouteDecision, to: { tenant: string; country: string }): void;
  random: () => number;
}

/** Says who may not be asked and lets the router choose among the rest. A later send prefers a provider not used before. */
export function createChooser(deps: ChooserDeps): ProviderChooser {
  return {
    choose(state, to, tried) {
      const { candidates, control, excluded: barred } = deps.terms(state.tenant, to.country);
      const route = (excluded: { provider: string; reason: ExclusionReason }[]) =>
        deps.router.choose({
          channel: state.channel,
          country: to.country,
          operator: to.operator,
          candidates,
          excluded: [...barred, ...excluded],
          ...(control && { control }),
          usedBefore: usedBefore(state),
          random: deps.random,
        });
      const out = excludeTried(state, tried);
      const busy = excludeBusy(
        candidates.map(({ provider }) => provider),
        deps,
      );
      const choice = route([...out, ...busy]);
      if (choice.outcome === 'chosen') return choice;
      deps.onNobody(choice.decision, { tenant: state.tenant, country: to.country });
      if (busy.length === 0 || route(out).outcome === 'none') return { outcome: 'none' };
      const isFull = busy.some(({ reason }) => reason === 'in_flight_full');
      return { outcome: 'full', retryMs: isFull ? FULL_RETRY_MS : SPENT_RETRY_MS };
    },
  };
}

function excludeBusy(
  providers: readonly string[],
  { inFlight, throughput }: Pick<ChooserDeps, 'inFlight' | 'throughput'>,
): { provider: string; reason: 'in_flight_full' | 'throughput' }[] {
  return providers.flatMap((provider) => {
    if (inFlight.isFull(provider)) return { provider, reason: 'in_flight_full' };
    return throughput.isSpent(provider) ? { provider, reason: 'throughput' } : [];
  });
}

/** Within one send. For a later one (somebody asked again) every provider is open, those not used before first. */
function excludeTried(state: Verification, tried: readonly string[]): { provider: string; reason: ExclusionReason }[] {
  const inSend = state.attempts.filter(({ send }) => send === state.send);
  const unknown = inSend.filter((attempt) => attempt.state === 'unknown');
  const lasting = inSend.filter(({ error }) => LASTING.has(error));
  return [
    ...unknown.map(({ provider }) => ({ provider, reason: 'unknown_result' as const })),
    ...[...tried, ...lasting.map(({ provider }) => provider)].map((provider) => ({
      provider,
      reason: 'tried' as const,
    })),
  ];
}

function usedBefore(state: Verification): string[] {
  return state.attempts.filter(({ send }) => send < state.send).map(({ provider }) => provider);
}
