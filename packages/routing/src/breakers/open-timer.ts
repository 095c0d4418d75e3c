const MINUTE_MS = 60_000;

/** The longest that anybody stays open without being looked at. */
const OPEN_MAX_MS = 15 * MINUTE_MS;
/** Who has stayed closed for so long begins anew with the shortest time. */
const FORGIVEN_AFTER_MS = 15 * MINUTE_MS;

/** How long a breaker stays open: longer each time, as long as it does not last. Plain data. */
export interface OpenTimer {
  /** Open until then; 0 or past: closed, or due for a probe. */
  openUntilMs: number;
  /** How often it opened in a row; the time doubles with each. */
  openings: number;
}

/** Where every breaker begins. */
export const NEVER_OPENED: OpenTimer = { openUntilMs: 0, openings: 0 };

/** @param firstMs how long it stays open the first time */
export function openAgain(timer: OpenTimer, nowMs: number, firstMs: number): OpenTimer {
  const openings = nowMs - timer.openUntilMs > FORGIVEN_AFTER_MS ? 0 : timer.openings;
  return { openUntilMs: nowMs + Math.min(OPEN_MAX_MS, firstMs * 2 ** openings), openings: openings + 1 };
}
