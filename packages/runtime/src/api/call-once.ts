import type { KeyRing } from '@watchword/otp';
import type { IdempotencyStore } from '@watchword/verification';
import { buildProblem, type ProblemInput } from '../http/problem.ts';
import { findCallName, type NamedCall } from './name-call.ts';

/** What a handler answers: a body for a 2xx, or a problem. */
export type Answer = { status: 200 | 202; body: object } | { status: 'problem'; problem: ProblemInput };

export function answer(status: 200 | 202, body: object): Answer {
  return { status, body };
}

export function problem(input: ProblemInput): Answer {
  return { status: 'problem', problem: input };
}

/** What a call is known by, when it came with an Idempotency-Key. */
export interface CallIdentity {
  /** Keyed hash of tenant and key; '' without a key. */
  keyHash: string;
  /** The verification id to be used for a start; a retry after a crash gets the first try's. */
  id: string;
}

export interface OnceDeps {
  store: IdempotencyStore;
  keys: KeyRing<'lookup'>;
  /** For a start: the verification id that it would use. */
  id?: string;
  /** Written into the problems that are kept, so that a replayed one leads to the first one's log. */
  requestId?: string;
  /** Which answers are kept. Default: all but those that tell the caller to try again, 429 and 5xx. */
  keeps?: (status: number) => boolean;
  /** The effect stands and its id is reserved, so that a repeat finds it again; only its answer could not be kept. */
  onUnkept: (error: unknown) => void;
}

export type CallResult =
  /** Answered by this call: 422 where the key was used with another one. */
  | { outcome: 'answered'; answer: Answer }
  /** Answered before, as it was kept. */
  | { outcome: 'replayed'; status: number; body: string }
  | { outcome: 'inFlight'; retryAfterMs: number };

const isFinal = (status: number): boolean => status !== 429 && status < 500;

/**
 * Carries out a call once for its tenant and key, whichever way it comes in: a repeat within 24 h gets what was kept, and one
 * after a crash the id that was reserved. A handler that throws gives the reservation back.
 *
 * @throws what the handler throws; BaseError `OTP_STATE_UNAVAILABLE`
 */
export async function callOnce(
  deps: OnceDeps,
  call: NamedCall,
  handle: (call: CallIdentity) => Promise<Answer>,
): Promise<CallResult> {
  const { keyHash, ...hashes } = await findCallName(deps.keys, call, async (hash) => deps.store.isKnown(hash));
  const reserved = await deps.store.reserve(keyHash, hashes, deps.id ?? '');
  switch (reserved.outcome) {
    case 'answered':
      return { outcome: 'replayed', status: reserved.status, body: reserved.body };
    case 'otherBody':
      return { outcome: 'answered', answer: KEY_REUSED };
    case 'inFlight':
      return reserved;
    case 'reserved': {
      const { id, callHash } = reserved;
      return { outcome: 'answered', answer: await runReserved(deps, { keyHash, callHash, id }, handle) };
    }
  }
}

const KEY_REUSED = problem({
  status: 422,
  code: 'idempotency_key_reused',
  detail: 'This Idempotency-Key was used with another request. Use a new key for a new request.',
});

async function runReserved(
  deps: OnceDeps,
  call: CallIdentity & { callHash: string },
  handle: (call: CallIdentity) => Promise<Answer>,
): Promise<Answer> {
  let result: Answer;
  try {
    result = await handle(call);
  } catch (error) {
    await deps.store.release(call.keyHash, call.callHash);
    throw error;
  }
  const { status, body } = render(result, deps.requestId);
  try {
    if ((deps.keeps ?? isFinal)(status)) await deps.store.store(call.keyHash, call.callHash, status, body);
    else await deps.store.release(call.keyHash, call.callHash);
  } catch (error) {
    deps.onUnkept(error);
  }
  return result;
}

function render(result: Answer, requestId: string | undefined): { status: number; body: string } {
  if (result.status !== 'problem') return { status: result.status, body: JSON.stringify(result.body) };
  return { status: result.problem.status, body: JSON.stringify(buildProblem(result.problem, requestId)) };
}
