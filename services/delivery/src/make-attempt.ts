import { attemptId } from '@watchword/contracts';
import { tagCode } from '@watchword/otp';
import { renderText } from '@watchword/policy';
import type { SubmitResult } from '@watchword/providers';
import { packDecision, type RouteDecision } from '@watchword/routing';
import {
  CALL_AFTER_CLAIM_MAX_MS,
  packCell,
  type Attempt,
  type Following,
  type Verification,
} from '@watchword/verification';
import type { DeliverDeps } from './deliver-deps.ts';
import { judgeAnswer } from './judge-answer.ts';
import type { OpenSend } from './open-send.ts';
import { settlePersistently } from './settle-persistently.ts';

/** The life is worded to this: what a queue and a claim have used up does not turn ten minutes into nine. */
const LIFE_WORDED_MS = 10_000;

/** Later ones somebody asked for, or another step: what they took says nothing of the way to the provider. */
const FIRST_SEND = 1;

/** An attempt that was made: claimed, submitted, not settled yet. */
export interface MadeAttempt {
  outcome: 'submitted';
  k: number;
  generation: number;
  tag: string;
  cell: { provider: string; channel: Attempt['channel']; country: string; operator: string };
  claimedAt: number;
  decision: RouteDecision;
  /** As the record keeps it. */
  packedDecision: string;
  result: SubmitResult;
}

/**
 * Claims the next attempt and hands the code to the provider, for as long as the provider's time-out and the job's budget allow.
 */
export async function makeAttempt(
  deps: DeliverDeps,
  send: OpenSend,
  choice: { provider: string; decision: RouteDecision; probe: boolean },
  code: string,
  budgetMs: number,
): Promise<
  MadeAttempt | { outcome: 'recovering' } | { outcome: 'refused'; what: 'ended' | 'stale' | 'busy' | 'exhausted' }
> {
  const { state } = send;
  const { kid, tag: hash } = tagCode(deps.keys, { tenant: state.tenant, id: state.id, context: '', code });
  const tag = `${kid}.${hash}`;
  const cell = cellOf(send, choice.provider);
  const packedDecision = packDecision(choice.decision, choice.provider);
  const release = deps.inFlight.take(choice.provider);
  deps.throughput.take(choice.provider);
  try {
    const claimStartedAt = performance.now();
    const claim = await deps.store.claim(state.id, {
      send: state.send,
      tag,
      cell: packCell(cell),
      decision: packedDecision,
    });
    if (claim.outcome === 'recovering') return { outcome: 'recovering' };
    if (claim.outcome !== 'claimed') return { outcome: 'refused', what: claim.outcome };
    if (claim.recovered) deps.onRecoveredSend();
    const claimed = {
      k: claim.k,
      generation: claim.generation,
      tag,
      cell,
      claimedAt: claim.now,
      decision: choice.decision,
      packedDecision,
    };
    // too late to begin: the attempt may be taken over while it runs
    const late = performance.now() - claimStartedAt > CALL_AFTER_CLAIM_MAX_MS;
    if (claim.k === 1 && !late) deps.onFirstCall(claim.now - state.createdAt);
    const result: SubmitResult = late
      ? { outcome: 'rejected', error: 'timeout', retry: true }
      : await submit(deps, send, choice, claim, code, budgetMs);
    return { outcome: 'submitted', ...claimed, result };
  } finally {
    release();
  }
}

async function submit(
  deps: DeliverDeps,
  send: OpenSend,
  { provider, probe }: { provider: string; probe: boolean },
  claim: { k: number; now: number },
  code: string,
  budgetMs: number,
): Promise<SubmitResult> {
  const { state, request } = send;
  const tenant = deps.tenant(state.tenant);
  const lifeMs = state.expiresAt - claim.now;
  const content = renderText({
    channel: state.channel,
    locale: request.locale,
    brand: tenant?.brand ?? state.tenant,
    code,
    lifeMs: Math.ceil(lifeMs / LIFE_WORDED_MS) * LIFE_WORDED_MS,
    ...(request.webotp && tenant?.webotpOrigin && { webotpOrigin: `https://${tenant.webotpOrigin}` }),
  });
  const startedAt = performance.now();
  const timeoutMs = deps.attemptTimeoutMs(provider);
  const signal = AbortSignal.timeout(Math.max(1, Math.floor(Math.min(timeoutMs, budgetMs))));
  const submission = {
    attemptId: attemptId(state.id, claim.k),
    to: send.to,
    content,
    ttlMs: lifeMs,
    callbackUrl: deps.callbackUrl(provider),
  };
  const result = await deps.submitters.get(provider)!.submit(submission, signal);
  const tookMs = performance.now() - startedAt;
  deps.onAttempt(provider, result, tookMs / 1000);
  const judged = judgeAnswer(result, { timeoutMs, budgetMs, tookMs });
  if (judged !== 'nothing') deps.breakers.record(cellOf(send, provider), { failed: judged === 'failed', probe });
  return result;
}

export function cellOf(send: OpenSend, provider: string): MadeAttempt['cell'] {
  return { provider, channel: send.state.channel, country: send.country, operator: send.operator };
}

export function toResult(result: SubmitResult) {
  switch (result.outcome) {
    case 'accepted':
      return { state: 'accepted' } as const;
    case 'rejected':
      return { state: 'rejected', error: result.error } as const;
    case 'unknown':
      return { state: 'unknown', error: result.error } as const;
  }
}

/** The attempt as the next decisions of this job see it. */
export function settled(
  { cell, generation, claimedAt, packedDecision, result }: MadeAttempt,
  state: Verification,
): Attempt {
  return {
    ...cell,
    step: state.step,
    send: state.send,
    generation,
    claimedAt,
    state: result.outcome,
    settledAt: 0,
    error: result.outcome === 'accepted' ? '' : result.error,
    receipt: '',
    receiptError: '',
    receiptAt: 0,
    takenOver: false,
    decision: packedDecision,
  };
}

/** Writes what an attempt came to, and ships its event. */
export async function settle(
  deps: DeliverDeps,
  send: OpenSend,
  attempt: MadeAttempt,
  following: Following,
): Promise<void> {
  const { state } = send;
  const { result } = attempt;
  const price = result.outcome === 'accepted' ? deps.priceOf(attempt.cell.provider, send.country) : undefined;
  const { now, entries } = await settlePersistently(deps.store, {
    id: state.id,
    k: attempt.k,
    state: result.outcome,
    ...(result.outcome !== 'accepted' && { error: result.error }),
    following,
    generation: attempt.generation,
    tag: attempt.tag,
    cell: packCell(attempt.cell),
    step: state.step,
    send: state.send,
    claimedAt: attempt.claimedAt,
    tenant: state.tenant,
    purpose: state.purpose,
    takenOver: false,
    details: {
      ...(result.outcome === 'accepted' && { provider_message_id: result.providerMessageId }),
      ...(result.outcome !== 'accepted' && result.providerCode && { provider_code: result.providerCode }),
      ...(price && { price }),
      decision: attempt.decision,
    },
    decision: attempt.packedDecision,
  });
  deps.outbox.ship(entries);
  if (result.outcome !== 'accepted') return;
  const firstAfterMs = state.send === FIRST_SEND ? now - state.createdAt : undefined;
  deps.onAccepted(attempt.cell.provider, { price, firstAfterMs });
}
