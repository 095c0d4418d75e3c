import { BaseError } from '@watchword/contracts';
import type { Logger } from 'pino';

/** During an outage every request fails alike: one line per kind and second tells as much as thousands. */
const QUIET_MS = 1000;
/** Kinds are error codes and routes: few. The bound guards against one that nobody foresaw. */
const KINDS_MAX = 500;

/** Logs the faults of requests: the first of a kind at once, its repeats as a count on the next line. */
export function createFaultLog(log: Logger, now: () => number) {
  const kinds = new Map<string, { lastMs: number; suppressed: number }>();
  return (error: unknown, place: { request_id: string; route: string; status: number }): void => {
    const code = error instanceof BaseError ? error.code : 'internal';
    const kind = `${code} ${place.route}`;
    const at = now();
    const seen = kinds.get(kind);
    if (seen && at - seen.lastMs < QUIET_MS) {
      seen.suppressed += 1;
      return;
    }
    if (kinds.size >= KINDS_MAX) kinds.clear();
    kinds.set(kind, { lastMs: at, suppressed: 0 });
    const level = error instanceof BaseError && error.retry ? 'warn' : 'error';
    log[level]({ err: error, ...place, suppressed: seen?.suppressed ?? 0 }, 'a request failed');
  };
}
