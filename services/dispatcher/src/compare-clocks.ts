import type { Logger } from 'pino';

/**
 * Half of what a recovery reads more than it has to (`TAIL_MS`). Kafka's brokers and Redis tell the time in one event: the
 * borders of a reading are Redis', and the records are found by the broker's.
 */
export const BEHIND_MAX_MS = 5_000;
/** A look at the clocks lasts so long; whoever sets them right sees it in the next. */
export const WINDOW_MS = 60_000;

export interface ClockDeps {
  log: Logger;
  /** The most that a broker's clock was behind in the last window; called once a window, with the first event after it. */
  onBehind: (ms: number) => void;
  /** Monotonic, ms. */
  now?: () => number;
}

/**
 * Notices that a broker's clock is behind Redis'. What was published later and bears an earlier time proves it; one that is ahead
 * does no harm, since more is read then.
 */
export function compareClocks({ log, onBehind, now = () => performance.now() }: ClockDeps) {
  let since = now();
  let most = 0;
  return (brokerMs: number, redisMs: number): void => {
    most = Math.max(most, redisMs - brokerMs);
    if (now() - since < WINDOW_MS) return;
    if (most > BEHIND_MAX_MS)
      log.warn({ behind_ms: most }, 'a Kafka broker’s clock is behind Redis’: a recovery would leave events out');
    onBehind(most);
    since = now();
    most = 0;
  };
}
