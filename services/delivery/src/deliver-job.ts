import { BaseError, attemptId, type RequestEvent } from '@watchword/contracts';
import { generateCode, open, tagCode, type KeyRing } from '@watchword/otp';
import { renderText } from '@watchword/policy';
import type { SubmitResult, Submitter } from '@watchword/providers';
import type { DeliveryJob } from '@watchword/queues';
import {
  CALL_AFTER_CLAIM_MAX_MS,
  decideAfterAttempt,
  packCell,
  recipientAad,
  type Attempt,
  type Following,
  type OutboxPublisher,
  type Verification,
  type VerificationStore,
} from '@watchword/verification';
import type { RouteDecision } from '@watchword/routing';
import { decideBackoff } from './decide-backoff.ts';
import type { InFlight } from './in-flight.ts';
import type { ProviderChooser } from './choose-provider.ts';
import { settlePersistently } from './settle-persistently.ts';

/** What became of a job; the queue is told, and metrics count it. */
export type JobResult =
  | {
      outcome: 'done';
      what: 'accepted' | 'failed' | 'unknown' | 'ended' | 'stale' | 'busy' | 'exhausted' | 'noProvider';
    }
  | { outcome: 'retry'; delayMs: number }
  /** Nothing will mend it: an address that no key opens. The send is given up. */
  | { outcome: 'permanent'; reason: string };

export interface DeliverDeps {
  store: VerificationStore;
  outbox: OutboxPublisher;
  keys: KeyRing<'seal' | 'pepper'>;
  chooser: ProviderChooser;
  submitters: ReadonlyMap<string, Submitter>;
  inFlight: InFlight;
  tenant(id: string): { brand: string; webotpOrigin?: string } | undefined;
  callbackUrl(provider: string): string;
  attemptTimeoutMs(provider: string): number;
  failoverBudgetMs: number;
  random: () => number;
  onAttempt(provider: string, result: SubmitResult, seconds: number): void;
}

/** How long a job waits when every provider has as many calls in flight as it may. */
const FULL_RETRY_MS = 250;

/** The life is worded to this: what a queue and a claim have used up does not turn ten minutes into nine. */
const LIFE_WORDED_MS = 10_000;

/**
 * One send: provider after provider until one takes it, the time of all failovers is used up, or nothing is left.
 * The state is read once; each attempt is claimed before its call and settled after it.
 */
export async function deliverJob(deps: DeliverDeps, job: DeliveryJob): Promise<JobResult> {
  const { now, verification: state } = await deps.store.read(job.verificationId);
  const stale = findStale(state, job);
  if (stale !== undefined || state === undefined) return { outcome: 'done', what: stale ?? 'ended' };
  let send: OpenSend;
  try {
    send = openSend(deps, state, now);
  } catch (error) {
    if (!(error instanceof BaseError) || error.retry) throw error;
    await deps.store.giveUp(state.id, state.send);
    return { outcome: 'permanent', reason: error.code };
  }
  return runAttempts(deps, send);
}

function findStale(state: Verification | undefined, job: DeliveryJob): 'ended' | 'stale' | 'busy' | undefined {
  if (!state || state.status !== 'pending') return 'ended';
  if (state.send !== job.send || state.sendState !== 'open') return 'stale';
  // its worker may live: the lease decides, never a second worker
  return state.attempts.at(-1)?.state === 'submitting' ? 'busy' : undefined;
}

/** Everything that the attempts of one send share. */
interface OpenSend {
  state: Verification;
  to: string;
  country: string;
  operator: string;
  request: Pick<RequestEvent, 'code_length' | 'locale' | 'webotp'>;
  /** By this process' clock (monotonic, ms). */
  startedAt: number;
  /** Redis' clock minus the monotonic one. */
  clockOffsetMs: number;
}

function openSend(deps: DeliverDeps, state: Verification, now: number): OpenSend {
  const request = JSON.parse(state.request) as RequestEvent;
  const index = request.workflow[state.step]!.recipient;
  const recipient = request.recipients[index]!;
  return {
    state,
    to: open(deps.keys, recipient.sealed, recipientAad(state.id, index)),
    country: recipient.country,
    operator: recipient.operator,
    request,
    startedAt: performance.now(),
    clockOffsetMs: now - performance.now(),
  };
}

async function runAttempts(deps: DeliverDeps, send: OpenSend): Promise<JobResult> {
  let code = generateCode({ length: send.request.code_length });
  const tried: string[] = [];
  let backoffMs: number | undefined;
  for (;;) {
    const choice = deps.chooser.choose(send.state, send, tried);
    if (choice.outcome === 'full') return waitForPlace(deps, send, backoffMs);
    if (choice.outcome === 'none') return giveUp(deps, send);
    tried.push(choice.provider);
    const attempt = await claimAndSubmit(deps, send, choice, code);
    if (attempt.outcome === 'refused') return { outcome: 'done', what: attempt.what };
    const { result } = attempt;
    if (result.outcome === 'rejected' && result.retry) {
      const attempts = send.state.attempts.filter((each) => each.send === send.state.send).length + 1;
      const { retryAfterMs } = result;
      backoffMs = decideBackoff({ attempts, retryAfterMs, leftMs: leftMs(send), random: deps.random }) ?? backoffMs;
    }
    // one that is busy just now is another one too: when a provider hangs, all of its calls fail over at the same moment
    const another =
      performance.now() - send.startedAt < deps.failoverBudgetMs &&
      deps.chooser.choose(send.state, send, tried).outcome !== 'none';
    const following = decideAfterAttempt(send.state, toResult(result), another, backoffMs);
    await settle(deps, send, attempt, following);
    switch (following.next) {
      case 'continue':
        send.state = { ...send.state, attempts: [...send.state.attempts, settled(attempt, send.state)] };
        // a code that may have gone out is spent; a rejected one's generation is free, and so is its code
        if (result.outcome === 'unknown') code = generateCode({ length: send.request.code_length });
        break;
      case 'backoff':
        return { outcome: 'retry', delayMs: following.delayMs };
      case 'accepted':
      case 'failed':
      case 'unknown':
        return { outcome: 'done', what: following.next };
    }
  }
}

/**
 * Every provider that may still be asked has as many calls in flight as it may: the queue runs the job again soon, at a growing
 * distance where somebody has refused this send, since that one will be asked again too.
 */
async function waitForPlace(deps: DeliverDeps, send: OpenSend, backoffMs: number | undefined): Promise<JobResult> {
  const left = leftMs(send);
  const refusals = send.state.attempts.filter((each) => each.send === send.state.send && each.state === 'rejected');
  const grown = () =>
    decideBackoff({ attempts: refusals.length, retryAfterMs: undefined, leftMs: left, random: deps.random });
  const delayMs = refusals.length === 0 ? FULL_RETRY_MS : (backoffMs ?? grown());
  return delayMs === undefined || left <= 0 ? giveUp(deps, send) : { outcome: 'retry', delayMs };
}

async function giveUp(deps: DeliverDeps, send: OpenSend): Promise<JobResult> {
  await deps.store.giveUp(send.state.id, send.state.send);
  return { outcome: 'done', what: 'noProvider' };
}

/** What is left of the step where another one follows, else of the life: there is nothing better to do with it. */
function leftMs(send: OpenSend): number {
  const { step, steps, stepDeadline, expiresAt } = send.state;
  const until = step + 1 < steps && stepDeadline > 0 ? Math.min(stepDeadline, expiresAt) : expiresAt;
  return until - (performance.now() + send.clockOffsetMs);
}

interface ClaimedAttempt {
  outcome: 'submitted';
  k: number;
  generation: number;
  tag: string;
  cell: { provider: string; channel: Attempt['channel']; country: string; operator: string };
  claimedAt: number;
  decision: RouteDecision;
  result: SubmitResult;
}

async function claimAndSubmit(
  deps: DeliverDeps,
  send: OpenSend,
  choice: { provider: string; decision: RouteDecision },
  code: string,
): Promise<ClaimedAttempt | { outcome: 'refused'; what: 'ended' | 'stale' | 'busy' | 'exhausted' }> {
  const { state } = send;
  const { kid, tag: hash } = tagCode(deps.keys, { tenant: state.tenant, id: state.id, context: '', code });
  const tag = `${kid}.${hash}`;
  const cell = { provider: choice.provider, channel: state.channel, country: send.country, operator: send.operator };
  const release = deps.inFlight.take(choice.provider);
  try {
    const claimStartedAt = performance.now();
    const claim = await deps.store.claim(state.id, { send: state.send, tag, cell: packCell(cell) });
    if (claim.outcome !== 'claimed') return { outcome: 'refused', what: claim.outcome };
    const claimed = {
      k: claim.k,
      generation: claim.generation,
      tag,
      cell,
      claimedAt: claim.now,
      decision: choice.decision,
    };
    // too late to begin: the attempt may be taken over while it runs
    const late = performance.now() - claimStartedAt > CALL_AFTER_CLAIM_MAX_MS;
    const result: SubmitResult = late
      ? { outcome: 'rejected', error: 'timeout', retry: true }
      : await submit(deps, send, choice.provider, claim, code);
    return { outcome: 'submitted', ...claimed, result };
  } finally {
    release();
  }
}

async function submit(
  deps: DeliverDeps,
  send: OpenSend,
  provider: string,
  claim: { k: number; now: number },
  code: string,
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
  const signal = AbortSignal.timeout(deps.attemptTimeoutMs(provider));
  const submission = {
    attemptId: attemptId(state.id, claim.k),
    to: send.to,
    content,
    ttlMs: lifeMs,
    callbackUrl: deps.callbackUrl(provider),
  };
  const result = await deps.submitters.get(provider)!.submit(submission, signal);
  deps.onAttempt(provider, result, (performance.now() - startedAt) / 1000);
  return result;
}

function toResult(result: SubmitResult) {
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
function settled({ cell, generation, claimedAt, result }: ClaimedAttempt, state: Verification): Attempt {
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
  };
}

async function settle(deps: DeliverDeps, send: OpenSend, attempt: ClaimedAttempt, following: Following): Promise<void> {
  const { state } = send;
  const { result } = attempt;
  const { entries } = await settlePersistently(deps.store, {
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
      decision: attempt.decision,
    },
  });
  deps.outbox.ship(entries);
}
