import type { LimitScope } from '@watchword/risk';
import { problem, type Answer } from '@watchword/runtime';

/** What a limit refuses, and when to come back. */
export function tooMany({ scope, retryAfterMs }: { scope: LimitScope | 'recipient'; retryAfterMs: number }): Answer {
  const detail =
    scope === 'recipient'
      ? 'This recipient has had as many messages as it may.'
      : `The limit of the ${scope.replaceAll('_', ' ')} is reached.`;
  return problem({ status: 429, code: 'rate_limited', detail, retryAfterMs });
}
