import { BaseError } from '@watchword/contracts';
import type { Logger } from 'pino';

/** One line per kind of fault in so long: an outage concerns thousands of verifications at once. */
const QUIET_MS = 10_000;

/** Logs a fault, with how many of its kind were left out since the last line. */
export function createFaultTeller(
  log: Logger,
  now: () => number,
): (error: unknown, message: string, context?: object) => void {
  const kinds = new Map<string, { quietUntil: number; untold: number }>();
  return (error, message, context = {}) => {
    const kind = `${message}|${error instanceof BaseError ? error.code : error instanceof Error ? error.name : ''}`;
    const { quietUntil, untold } = kinds.get(kind) ?? { quietUntil: 0, untold: 0 };
    if (now() < quietUntil) {
      kinds.set(kind, { quietUntil, untold: untold + 1 });
      return;
    }
    kinds.set(kind, { quietUntil: now() + QUIET_MS, untold: 0 });
    log.warn({ err: error, ...context, ...(untold > 0 && { untold }) }, message);
  };
}
