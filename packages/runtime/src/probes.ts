import type { Logger } from 'pino';

/** One part's word on itself: ready (and what it lacks nevertheless), or why not. */
export type ReadinessState = { ready: true; degraded?: string } | { ready: false; reason: string };

/** A part as /readyz shows it. An advisory one is shown but does not count. */
export type ReadinessPart = ReadinessState & { advisory?: true };

/** Asks a part; may be asynchronous. A throw or silence past the deadline is a no. */
export type ReadinessCheck = () => ReadinessState | Promise<ReadinessState>;

export interface ReadinessReport {
  ready: boolean;
  parts: Record<string, ReadinessPart>;
}

export interface Readiness {
  /** Starts asking in the background. Resolves when every part was asked once. */
  start: () => Promise<void>;
  /** The latest word, at once. */
  report: () => ReadinessReport;
  /** From now on the process is not ready, whatever the parts say: it is stopping. */
  drain: () => void;
  /** Stops asking. */
  stop: () => void;
}

/** How often each part is asked. With the deadline below, /readyz tells the truth within 2 s. */
const CHECK_INTERVAL_MS = 1000;
/** A check that hangs is a no before the next round begins. */
const CHECK_TIMEOUT_MS = 900;
/** A report older than this is worth nothing: the loop that asks hangs. */
const STALE_MS = 2500;

export interface ReadinessOptions {
  checks: Readonly<Record<string, ReadinessCheck>>;
  log: Logger;
  /** Names of checks that are shown but do not count. */
  advisory?: readonly string[];
  now?: () => number;
  intervalMs?: number;
  timeoutMs?: number;
}

/** Asks every part once a second in the background, so that /readyz never waits for a Redis that hangs. */
export function createReadiness(options: ReadinessOptions): Readiness {
  const { checks, log } = options;
  const now = options.now ?? (() => performance.now());
  const intervalMs = options.intervalMs ?? CHECK_INTERVAL_MS;
  const latest = new Map<string, { state: ReadinessState; atMs: number }>();
  let draining = false;
  let timer: NodeJS.Timeout | undefined;

  const ask = async (name: string, check: ReadinessCheck) => {
    const state = await askWithin(check, options.timeoutMs ?? CHECK_TIMEOUT_MS);
    logChange(log, name, latest.get(name)?.state, state);
    latest.set(name, { state, atMs: now() });
  };
  const round = async () => {
    await Promise.all(Object.entries(checks).map(([name, check]) => ask(name, check)));
  };
  const stateOf = (name: string): ReadinessState => {
    const known = latest.get(name);
    if (!known) return { ready: false, reason: 'not asked yet' };
    const stale = now() - known.atMs > Math.max(STALE_MS, intervalMs * 2.5);
    return stale ? { ready: false, reason: 'no answer for too long' } : known.state;
  };

  return {
    start: async () => {
      const loop = () => {
        timer = setTimeout(() => void round().finally(() => timer && loop()), intervalMs);
        timer.unref();
      };
      loop();
      await round();
    },
    report: () => {
      const parts: Record<string, ReadinessPart> = {};
      for (const name of Object.keys(checks)) {
        parts[name] = options.advisory?.includes(name) ? { ...stateOf(name), advisory: true } : stateOf(name);
      }
      if (draining) parts['process'] = { ready: false, reason: 'stopping' };
      return { ready: Object.values(parts).every((part) => part.ready || part.advisory === true), parts };
    },
    drain: () => {
      draining = true;
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

async function askWithin(check: ReadinessCheck, timeoutMs: number): Promise<ReadinessState> {
  const { promise, resolve } = Promise.withResolvers<ReadinessState>();
  const timer = setTimeout(() => resolve({ ready: false, reason: `no answer in ${timeoutMs} ms` }), timeoutMs);
  try {
    return await Promise.race([Promise.resolve().then(check), promise]);
  } catch (error) {
    // Only the class of error: the message may name hosts, and /readyz is open to whoever reaches the port.
    const code = (error as { code?: unknown }).code;
    return { ready: false, reason: typeof code === 'string' ? code : 'the check failed' };
  } finally {
    clearTimeout(timer);
  }
}

function logChange(log: Logger, part: string, before: ReadinessState | undefined, after: ReadinessState): void {
  if (before?.ready === after.ready || (!before && after.ready)) return;
  if (after.ready) log.info({ part }, 'ready again');
  // parts come up one after the other: only one that was ready before is worth a warning
  else log[before ? 'warn' : 'info']({ part, reason: after.reason }, 'not ready');
}
