import type { ErrorClass } from '@watchword/contracts';
import type { SharedBreakers } from '@watchword/quality';
import type { Candidate, ExclusionReason, RouteDecision, Router, RouteRequest } from '@watchword/routing';
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
  /** `probe`: to be claimed before the call, see `SharedBreakers`. */
  | { outcome: 'chosen'; provider: string; decision: RouteDecision; probe: boolean }
  /** There are providers, but each has as many calls in flight as it may, or has used up its messages a second. */
  | { outcome: 'full'; retryMs: number }
  | { outcome: 'none' };

/** How long a job waits where a provider is full: its place is free when some call ends. */
const FULL_RETRY_MS = 250;
/** How long it waits where rates are used up: a second's messages may go by then. Sooner, a burst would use up the runs of its jobs. */
const SPENT_RETRY_MS = 1_000;

export interface ProviderChooser {
  /**
   * @param tried by this run of the job
   * @param mayProbe false: whose breaker is half-open is left out
   */
  choose(state: Verification, to: Destination, tried: readonly string[], mayProbe?: boolean): ProviderChoice;
  /** Whether there is somebody whom this send may still be given to, now or when it has a call less in flight. */
  isAnyLeft(state: Verification, to: Destination, tried: readonly string[]): boolean;
}

interface Destination {
  country: string;
  operator: string;
}

type Exclusion = RouteRequest['excluded'][number];

export interface ChooserDeps {
  router: Router;
  /** What configuration and operators say of a tenant's choice for a country. */
  terms: (tenant: string, country: string) => RouteTerms;
  inFlight: Pick<InFlight, 'isFull'>;
  throughput: Pick<Throughput, 'isSpent'>;
  breakers: Pick<SharedBreakers, 'admits'>;
  /** Nobody is eligible, for whatever reasons. */
  onNobody: (decision: RouteDecision, to: { tenant: string; country: string }) => void;
  random: () => number;
}

/** Says who may not be asked and lets the router choose among the rest. A later send prefers a provider not used before. */
export function createChooser(deps: ChooserDeps): ProviderChooser {
  const { router, random, onNobody } = deps;

  function requestFor(state: Verification, { country, operator }: Destination, excluded: readonly Exclusion[]) {
    const { candidates, control, excluded: barred } = deps.terms(state.tenant, country);
    return {
      channel: state.channel,
      country,
      operator,
      candidates,
      excluded: [...barred, ...excluded],
      ...(control && { control }),
      usedBefore: usedBefore(state),
    };
  }
  const isAnyLeft: ProviderChooser['isAnyLeft'] = (state, to, tried) =>
    router.hasEligible(requestFor(state, to, excludeTried(state, tried)));

  return {
    isAnyLeft,
    choose(state, to, tried, mayProbe = true) {
      const { candidates } = deps.terms(state.tenant, to.country);
      const out = excludeTried(state, tried);
      const busy = excludeBusy(candidates, deps);
      const { open, half } = askBreakers(deps.breakers, state.channel, to, candidates);
      const route = (excluded: readonly Exclusion[], more: { probe?: string } = {}) =>
        router.choose({ ...requestFor(state, to, excluded), ...more, random });
      // with whom somebody has failed already nothing is tried out
      const probes = mayProbe && tried.length === 0 && state.attempts.length === 0 ? half : [];
      for (const probe of probes) {
        const others = open.filter(({ provider }) => provider !== probe);
        const choice = route([...out, ...busy, ...others], { probe });
        // one that may not have this send does not keep the next one from it
        if (choice.outcome === 'chosen' && choice.provider === probe) return { ...choice, probe: true };
      }
      const choice = route([...out, ...busy, ...open]);
      if (choice.outcome === 'chosen') return { ...choice, probe: false };
      const isFull = busy.some(({ reason }) => reason === 'in_flight_full');
      const full = { outcome: 'full', retryMs: isFull ? FULL_RETRY_MS : SPENT_RETRY_MS } as const;
      if (busy.length > 0 && router.hasEligible(requestFor(state, to, [...out, ...open]))) return full;
      // nobody else is left: one that was failing is better than none
      const last = route([...out, ...busy]);
      if (last.outcome === 'chosen') return { ...last, probe: false };
      onNobody(last.decision, { tenant: state.tenant, country: to.country });
      return isAnyLeft(state, to, tried) ? full : { outcome: 'none' };
    },
  };
}

function excludeBusy(
  candidates: readonly Candidate[],
  { inFlight, throughput }: Pick<ChooserDeps, 'inFlight' | 'throughput'>,
): Exclusion[] {
  return candidates.flatMap(({ provider }) => {
    if (inFlight.isFull(provider)) return { provider, reason: 'in_flight_full' };
    return throughput.isSpent(provider) ? { provider, reason: 'throughput' } : [];
  });
}

const because =
  (reason: ExclusionReason) =>
  ({ provider }: Candidate): Exclusion => ({ provider, reason });

/** @returns those that are not to be asked just now, and which of them may be tried */
function askBreakers(
  breakers: ChooserDeps['breakers'],
  channel: Verification['channel'],
  to: Destination,
  candidates: readonly Candidate[],
): { open: Exclusion[]; half: string[] } {
  const states = candidates.map((candidate) => ({
    candidate,
    may: breakers.admits({ provider: candidate.provider, channel, ...to }),
  }));
  return {
    open: states.filter(({ may }) => may !== 'call').map(({ candidate }) => because('breaker')(candidate)),
    half: states.filter(({ may }) => may === 'probe').map(({ candidate }) => candidate.provider),
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
