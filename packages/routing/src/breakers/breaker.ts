const MINUTE_MS = 60_000;

/** Who has stayed closed for so long begins anew with the shortest time. */
const FORGIVEN_AFTER_MS = 15 * MINUTE_MS;

/**
 * What workers share of a breaker: plain data, as JSON in one field of a Redis hash, replaced by compare-and-set.
 *
 *     closed ── trips ──▶ open ── its time is over ──▶ half-open: one probe at a time
 *        ▲                 ▲                              │
 *        └──── it is well ─┼──────────────────────────────┤
 *                          └───────────── it is not ──────┘
 */
export interface Breaker {
  /** Opened, and not closed since. */
  tripped: boolean;
  /** Open until then; past: closed, or half-open where it is tripped. */
  openUntilMs: number;
  /** How often it opened in a row; the time doubles with each. */
  openings: number;
  /** When another probe may begin; 0 where none has been made since it opened. */
  probeUntilMs: number;
}

/** Where every breaker begins. */
export const CLOSED_BREAKER: Breaker = { tripped: false, openUntilMs: 0, openings: 0, probeUntilMs: 0 };

/** Whether a call may be made. Who makes one on `probe` claims it by `beginProbe` before. */
export function admits(breaker: Breaker, nowMs: number): 'call' | 'probe' | 'no' {
  if (!breaker.tripped) return 'call';
  return nowMs < breaker.openUntilMs || nowMs < breaker.probeUntilMs ? 'no' : 'probe';
}

/**
 * @param forMs after which the probe has said nothing, and another one may try
 * @returns undefined where another one is first, or the breaker has closed or opened meanwhile
 */
export function beginProbe(breaker: Breaker, nowMs: number, forMs: number): Breaker | undefined {
  if (admits(breaker, nowMs) !== 'probe') return undefined;
  return { ...breaker, probeUntilMs: nowMs + forMs };
}

/** Opens it, for twice as long each time, as long as it does not stay closed for a quarter of an hour. */
export function trip(breaker: Breaker, nowMs: number, open: { firstMs: number; maxMs: number }): Breaker {
  const openings = isForgiven(breaker, nowMs) ? 0 : breaker.openings;
  const openForMs = Math.min(open.maxMs, open.firstMs * 2 ** openings);
  return { tripped: true, openUntilMs: nowMs + openForMs, openings: openings + 1, probeUntilMs: 0 };
}

/** How often it opened is remembered for a while. */
export function close(breaker: Breaker, nowMs: number): Breaker {
  return { ...CLOSED_BREAKER, openUntilMs: nowMs, openings: breaker.openings };
}

/** Whether nothing of it need be remembered. */
export function isForgiven(breaker: Breaker, nowMs: number): boolean {
  return !breaker.tripped && nowMs - breaker.openUntilMs > FORGIVEN_AFTER_MS;
}
