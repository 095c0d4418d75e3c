import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRecord } from './record.ts';
import type { Random } from './random.ts';

/** Longer than the product waits for its own engines before it says 503. */
const TRY_MS = 5_000;
const BACKOFF_FIRST_MS = 200;
const BACKOFF_MAX_MS = 2_000;
/** Against a server that says `Retry-After: 3600`: a test's platform has no such patience. */
const RETRY_AFTER_MAX_MS = 5_000;

export interface Call {
  /** Addresses of instances that could answer, as a load balancer knows them: asked at every try. */
  instances: () => readonly string[];
  method: 'GET' | 'POST';
  path: string;
  body?: object;
  /** Idempotency-Key: the same at every try. */
  key?: string;
  /** After this time no further try begins. */
  patienceMs: number;
  onFault: (fault: FaultRecord) => void;
}

export type Called =
  | { outcome: 'answered'; at: number; status: number; body: Record<string, unknown>; replayed: boolean }
  | { outcome: 'gaveUp'; at: number };

export type ApiClient = (call: Call) => Promise<Called>;

/**
 * Calls the API as a good client does: an answer that may change (409 in flight, 429, 5xx) or none at all is asked for
 * again with the same Idempotency-Key, after a growing pause; a refused connection at the next instance at once.
 */
export function createApiClient(options: { apiKey: string; random: Random; signal: AbortSignal }): ApiClient {
  let turn = 0;
  return async (call) => {
    const until = Date.now() + call.patienceMs;
    for (let tries = 1; ; tries++) {
      const instances = call.instances();
      const url = instances[turn++ % Math.max(1, instances.length)];
      const tried = url === undefined ? NOBODY : await tryOnce(url, call, options);
      if (tried.outcome === 'answered') return tried;
      call.onFault({ at: Date.now(), what: tried.what });
      const others = tries < instances.length && tried.refused;
      const pauseMs = others ? 0 : pauseBefore(tries + 1, tried.retryAfterMs, options.random);
      if (Date.now() + pauseMs >= until || options.signal.aborted) return { outcome: 'gaveUp', at: Date.now() };
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: options.signal }).catch(() => undefined); // seen above
    }
  };
}

interface Failed {
  outcome: 'failed';
  what: string;
  /** Nobody took the request: another instance may have it at once. */
  refused: boolean;
  retryAfterMs?: number;
}

const NOBODY: Failed = { outcome: 'failed', what: 'no instance', refused: false };

async function tryOnce(
  url: string,
  { method, path, body, key }: Call,
  { apiKey }: { apiKey: string },
): Promise<Extract<Called, { outcome: 'answered' }> | Failed> {
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      signal: AbortSignal.timeout(TRY_MS),
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    const { status } = response;
    if (mayChange(status, answer)) {
      const seconds = Number(response.headers.get('retry-after'));
      const failed: Failed = { outcome: 'failed', what: `${status} ${String(answer['code'])}`, refused: false };
      return seconds > 0 ? { ...failed, retryAfterMs: seconds * 1000 } : failed;
    }
    const replayed = response.headers.get('idempotency-replayed') === 'true';
    return { outcome: 'answered', at: Date.now(), status, body: answer, replayed };
  } catch (error) {
    const what = describeFailure(error);
    return { outcome: 'failed', what, refused: what === 'ECONNREFUSED' };
  }
}

function mayChange(status: number, body: Record<string, unknown>): boolean {
  return status >= 500 || (status === 429 && body['code'] !== 'locked') || (status === 409 && isInFlight(body));
}

function isInFlight(body: Record<string, unknown>): boolean {
  return body['code'] === 'idempotency_in_flight';
}

function describeFailure(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: unknown } };
  if (name === 'TimeoutError') return `no answer in ${TRY_MS} ms`;
  return typeof cause?.code === 'string' ? cause.code : name;
}

function pauseBefore(tries: number, retryAfterMs: number | undefined, random: Random): number {
  const grown = Math.min(BACKOFF_FIRST_MS * 2 ** (tries - 2), BACKOFF_MAX_MS);
  return Math.max(Math.min(retryAfterMs ?? 0, RETRY_AFTER_MAX_MS), grown) * (0.75 + random() / 2);
}
