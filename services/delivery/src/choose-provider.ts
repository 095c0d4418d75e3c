import type { ErrorClass } from '@watchword/contracts';
import type { Candidate, ExclusionReason, RouteDecision, Router } from '@watchword/routing';
import type { Verification } from '@watchword/verification';
import type { InFlight } from './in-flight.ts';

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
  /** There are providers, but each has as many calls in flight as it may. */
  | { outcome: 'full' }
  | { outcome: 'none' };

export interface ProviderChooser {
  /** @param tried by this run of the job */
  choose(state: Verification, to: { country: string; operator: string }, tried: readonly string[]): ProviderChoice;
}

export interface ChooserDeps {
  router: Router;
  /** Of a tenant's channel, with their prices in a country. */
  candidates(tenant: string, country: string): readonly Candidate[];
  inFlight: InFlight;
  random: () => number;
}

/** Says who may not be asked and lets the router choose among the rest. A later send prefers a provider not used before. */
export function createChooser(deps: ChooserDeps): ProviderChooser {
  return {
    choose(state, to, tried) {
      const candidates = deps.candidates(state.tenant, to.country);
      const route = (excluded: { provider: string; reason: ExclusionReason }[]) =>
        deps.router.choose({
          channel: state.channel,
          country: to.country,
          operator: to.operator,
          candidates,
          excluded,
          usedBefore: usedBefore(state),
          random: deps.random,
        });
      const out = excludeTried(state, tried);
      const full = candidates
        .filter(({ provider }) => deps.inFlight.isFull(provider))
        .map(({ provider }) => ({ provider, reason: 'in_flight_full' as const }));
      const choice = route([...out, ...full]);
      if (choice.outcome === 'chosen') return choice;
      return full.length > 0 && route(out).outcome === 'chosen' ? { outcome: 'full' } : { outcome: 'none' };
    },
  };
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
