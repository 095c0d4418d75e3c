import type { ErrorClass } from '@watchword/contracts';
import { safeCode } from '../guard-submit.ts';
import type { SubmitResult } from '../port.ts';
import { parseProblem, type VonageProblem } from './problem.ts';

export interface Refusal {
  status: number;
  headers: Headers;
  body: string;
}

/** What an API's own error codes mean, where they say more than the HTTP status. */
export type ReadCode = (problem: VonageProblem) => { error: ErrorClass; retry: boolean } | undefined;

/** Longer waits than this outlive every code. */
const RETRY_AFTER_MAX_MS = 3_600_000;

/**
 * What an HTTP error from Vonage means for the message.
 *
 * 500 and 503 come from the API itself or its front door before a message is accepted (acceptance is the 202 with an
 * id), so they are rejections and the next provider is tried at once. 502 and 504 come from a proxy that lost the API
 * in mid-request: the message may have gone out. Any other 5xx is as unsure.
 */
export function classifyRefusal(refusal: Refusal, readCode: ReadCode): SubmitResult {
  const { status } = refusal;
  const problem = parseProblem(refusal.body);
  const providerCode = safeCode(problem.code === undefined ? `http_${status}` : `${status}#${problem.code}`);
  if (status === 429) {
    const retryAfterMs = parseRetryAfter(refusal.headers.get('retry-after'), Date.now());
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    return { outcome: 'rejected', error: 'throttled', retry: true, ...wait, ...providerCode };
  }
  if (status === 500 || status === 503) return { outcome: 'rejected', error: 'unknown', retry: true, ...providerCode };
  if (status > 500) return { outcome: 'unknown', error: status === 504 ? 'timeout' : 'unknown', ...providerCode };
  const { error, retry } = readCode(problem) ?? classifyClientError(status, problem);
  return { outcome: 'rejected', error, retry, ...providerCode };
}

function classifyClientError(status: number, problem: VonageProblem): { error: ErrorClass; retry: boolean } {
  if (problem.invalidParameters.some((name) => /^to\b/.test(name))) return { error: 'invalid_number', retry: false };
  switch (status) {
    // Credentials, money, permissions, or an apiHost that is not the API (404, 405, and a redirect to a login page).
    case 401:
    case 402:
    case 403:
    case 404:
    case 405:
      return { error: 'account', retry: false };
    case 408:
      return { error: 'timeout', retry: true };
    case 400:
    case 413:
    case 415:
    case 422:
      return { error: 'content', retry: false };
    default:
      return { error: status < 400 ? 'account' : 'unknown', retry: false };
  }
}

/** `Retry-After` as seconds or as a date (RFC 9110 §10.2.3), in ms from now; undefined where it is neither. */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const waitMs = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), RETRY_AFTER_MAX_MS);
}
