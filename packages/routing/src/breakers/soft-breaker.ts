import type { RouteScores } from '../scores/score-table.ts';
import { beginProbe, close, CLOSED_BREAKER, trip, type Breaker } from './breaker.ts';

/** So sure of a collapse of conversions that nothing but probes goes there. */
const COLLAPSED_MIN = 0.9;
/** Who is less likely than this to have collapsed is somewhere to go to. */
const HEALTHY_MAX = 0.5;
/** It has its traffic back when it is as good as sure that it has recovered: a doubt would leave it with a bad score. */
const BACK_MAX = 0.1;
/** When a probe was typed more may follow at once, as long as no more than these are on their way. */
const PROBES_PENDING_MAX = 3;
/** How long it stays open at first, and so the least time between two changes: as long as a conversion takes to be seen. */
const OPEN_FIRST_MS = 60_000;
/** The longest: a provider that delivers again has its traffic back within minutes. */
const OPEN_MAX_MS = 120_000;
/** A probe may be one of so many sends of the route: it is a code that nobody gets. */
const SENDS_PER_PROBE = 75;
/** A route with fewer sends than one probe in this time has no breaker: the scores alone keep its sends away, and explore. */
const PROBE_EVERY_MAX_MS = 900_000;
/** By then it was typed, or hardly ever will be; then another one may be tried. */
const PROBE_MAX_MS = 60_000;
/** Sends are dated by Redis' clock, and when it opened by the monitor's: they differ by less. */
const CLOCKS_DIFFER_MAX_MS = 5_000;

/** The soft breakers of one route, by provider. */
export type SoftBreakers = Readonly<Record<string, Breaker>>;

/** What the breakers of one route are decided by. */
export interface RouteHealth {
  scores: RouteScores;
  /** See `judgeReceipts`: earlier than conversions, where receipts are true. @param sinceMs what was sent before is not asked for */
  receipts: (provider: string, sinceMs: number) => 'usual' | 'collapsed' | 'unknown';
  /** What became of what was sent since: all, typed, received. */
  since: (provider: string, sinceMs: number) => { submitted: number; converted: number; delivered: number };
  /** Sends of the route a second, of late. */
  sendsPerSecond: () => number;
}

/**
 * Opens the breakers of those who deliver nothing that anybody types, though others on the route do. Where all are in trouble, it is
 * the country's or the platform's, and nothing moves. When its time is over, one send tries whether it delivers again.
 *
 * @returns the same object where nothing changes
 */
export function decideSoftBreakers(breakers: SoftBreakers, health: RouteHealth, nowMs: number): SoftBreakers {
  const { scores } = health;
  const of = (provider: string): Breaker => breakers[provider] ?? CLOSED_BREAKER;
  // what came before it last opened has been judged
  const receiptsOf = (provider: string) => health.receipts(provider, of(provider).openUntilMs);
  const isHealthy = (provider: string): boolean =>
    scores.get(provider)!.collapse < HEALTHY_MAX && receiptsOf(provider) !== 'collapsed';
  const isCollapsed = (provider: string): boolean =>
    scores.get(provider)!.collapse >= COLLAPSED_MIN || receiptsOf(provider) === 'collapsed';
  const providers = [...scores.keys()];
  if (!providers.some((provider) => of(provider).tripped || isCollapsed(provider))) return breakers;
  const refuge = providers.some((provider) => isHealthy(provider) && !of(provider).tripped);
  const times = openTimes(health.sendsPerSecond());
  // while it was open there was hardly any other
  const probesOf = (provider: string) => health.since(provider, of(provider).openUntilMs - CLOCKS_DIFFER_MAX_MS);
  /** The probes were typed, and received where receipts do come. */
  const isBack = (provider: string): boolean =>
    scores.get(provider)!.collapse < BACK_MAX &&
    (health.receipts(provider, 0) === 'unknown' || probesOf(provider).delivered > 0);
  const mayProbeOn = (provider: string): boolean => {
    const { submitted, converted } = probesOf(provider);
    return converted > 0 && submitted - converted < PROBES_PENDING_MAX;
  };
  const judge = (provider: string): Breaker => {
    const breaker = of(provider);
    if (!breaker.tripped) return times && refuge && isCollapsed(provider) ? trip(breaker, nowMs, times) : breaker;
    // not before: a rate about as low as that would open and close it all the time
    if (times === undefined) return nowMs < breaker.openUntilMs ? breaker : close(breaker, nowMs);
    if (breaker.probeUntilMs === 0) return breaker;
    if (isBack(provider)) return close(breaker, nowMs);
    if (mayProbeOn(provider)) return nowMs < breaker.probeUntilMs ? { ...breaker, probeUntilMs: nowMs } : breaker;
    if (!refuge || nowMs < breaker.probeUntilMs) return breaker;
    // a probe that was never sent, or that the provider refused, says nothing of codes: another one may try
    return probesOf(provider).submitted > 0 ? trip(breaker, nowMs, times) : breaker;
  };
  const changed = providers
    .map((provider) => [provider, judge(provider)] as const)
    .filter(([provider, breaker]) => breaker !== of(provider));
  return changed.length === 0 ? breakers : { ...breakers, ...Object.fromEntries(changed) };
}

/** @returns undefined where no probe is due */
export function beginSoftProbe(breaker: Breaker, nowMs: number): Breaker | undefined {
  return beginProbe(breaker, nowMs, PROBE_MAX_MS);
}

/** On a route with few sends a probe every two minutes would be most of them. @returns undefined where they are too few */
function openTimes(sendsPerSecond: number): { firstMs: number; maxMs: number } | undefined {
  const probeEveryMs = (SENDS_PER_PROBE / sendsPerSecond) * 1_000;
  if (!(probeEveryMs <= PROBE_EVERY_MAX_MS)) return undefined;
  return { firstMs: Math.max(OPEN_FIRST_MS, probeEveryMs), maxMs: Math.max(OPEN_MAX_MS, probeEveryMs) };
}
