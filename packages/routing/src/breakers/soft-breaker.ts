import type { RouteScores } from '../scores/score-table.ts';
import { NEVER_OPENED, openAgain, type OpenTimer } from './open-timer.ts';

/** So sure of a collapse of conversions that nothing but probes goes there. */
const COLLAPSED_MIN = 0.9;
/** Who is less likely than this to have collapsed is somewhere to go to. */
const HEALTHY_MAX = 0.5;
/** How long it stays open at first, and so the least time between two changes: as long as a conversion takes to be seen. */
const OPEN_FIRST_MS = 60_000;

/** The soft breakers of one route: by provider. Plain data, shared as JSON like the hard ones. */
export type SoftBreakers = Readonly<Record<string, OpenTimer>>;

/** Whether nothing is to be sent there just now. */
export function isSoftOpen(breakers: SoftBreakers, provider: string, nowMs: number): boolean {
  return (breakers[provider] ?? NEVER_OPENED).openUntilMs > nowMs;
}

/**
 * Opens the breakers of those who deliver nothing that anybody types, though others on the route do. Where all are in trouble, it is
 * the country's or the platform's, and nothing moves. An open one closes by itself: then a few sends tell whether it is over.
 *
 * @param scores of one route
 * @param receiptsCollapsed those whose receipts have collapsed, see `judgeReceipts`: earlier than conversions where receipts are true
 */
export function decideSoftBreakers(
  breakers: SoftBreakers,
  scores: RouteScores,
  receiptsCollapsed: ReadonlySet<string>,
  nowMs: number,
): SoftBreakers {
  const isHealthy = (provider: string): boolean =>
    scores.get(provider)!.collapse < HEALTHY_MAX && !receiptsCollapsed.has(provider);
  const isCollapsed = (provider: string): boolean =>
    scores.get(provider)!.collapse >= COLLAPSED_MIN || receiptsCollapsed.has(provider);
  const providers = [...scores.keys()];
  if (!providers.some((provider) => isHealthy(provider) && !isSoftOpen(breakers, provider, nowMs))) return breakers;
  const opened = providers
    .filter((provider) => isCollapsed(provider) && !isSoftOpen(breakers, provider, nowMs))
    .map((provider) => [provider, openAgain(breakers[provider] ?? NEVER_OPENED, nowMs, OPEN_FIRST_MS)] as const);
  return opened.length === 0 ? breakers : { ...breakers, ...Object.fromEntries(opened) };
}
