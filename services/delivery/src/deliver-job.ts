import { BaseError } from '@watchword/contracts';
import { generateCode } from '@watchword/otp';
import type { DeliveryJob } from '@watchword/queues';
import { decideAfterAttempt, isLive, type Verification } from '@watchword/verification';
import { decideBackoff } from './decide-backoff.ts';
import type { DeliverDeps } from './deliver-deps.ts';
import { cellOf, makeAttempt, settle, settled, toResult } from './make-attempt.ts';
import { budgetLeftMs, leftMs, openSend, type OpenSend } from './open-send.ts';

/** What became of a job; the queue is told, and metrics count it. */
export type JobResult =
  | {
      outcome: 'done';
      what: 'accepted' | 'failed' | 'unknown' | 'ended' | 'stale' | 'busy' | 'exhausted' | 'noProvider';
    }
  | { outcome: 'retry'; delayMs: number }
  /** Nothing will mend it: an address that no key opens. The send is given up when the job is buried. */
  | { outcome: 'permanent'; reason: string };

/** Less than this is no time for a call to a provider. */
const ATTEMPT_MIN_MS = 1_000;

/**
 * How long a job waits for its verification to be restored: twice the second for which the dispatchers take a job in back-off for one
 * that is as good as waiting, so that those of before a loss do not keep new sends from the queue all the time.
 */
const RECOVERY_RETRY_MS = 2_000;

/** How long a job waits for a key that its worker does not have yet. */
const KEY_RETRY_MS = 2_000;

/**
 * One send: provider after provider until one takes it, the time of all failovers is used up, or nothing is left.
 * The state is read once; each attempt is claimed before its call and settled after it.
 */
export async function deliverJob(deps: DeliverDeps, job: DeliveryJob): Promise<JobResult> {
  const { now, verification: state, waitsFor } = await deps.store.read(job.verificationId);
  // whether this send has gone out before is not known yet
  if (waitsFor && (!state || isLive(state))) return { outcome: 'retry', delayMs: RECOVERY_RETRY_MS };
  const stale = findStale(state, job);
  if (stale !== undefined || state === undefined) return { outcome: 'done', what: stale ?? 'ended' };
  let send: OpenSend;
  try {
    send = openSend(deps, state, now);
  } catch (error) {
    if (!(error instanceof BaseError) || error.retry) throw error;
    // ingest has a new key already, and this worker's configuration is still on its way
    if (error.code === 'OTP_KEY_MISSING') return { outcome: 'retry', delayMs: KEY_RETRY_MS };
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

async function runAttempts(deps: DeliverDeps, send: OpenSend): Promise<JobResult> {
  let code = generateCode({ length: send.request.code_length });
  const tried: string[] = [];
  let backoffMs: number | undefined;
  for (;;) {
    let choice = deps.chooser.choose(send.state, send, tried);
    // nothing is waited for between a choice and the place in flight that it takes, but for a probe: one in many sends
    if (choice.outcome === 'chosen' && choice.probe) {
      const claimed = await deps.breakers.beginProbe(cellOf(send, choice.provider));
      if (!claimed) choice = deps.chooser.choose(send.state, send, tried, false);
    }
    if (choice.outcome === 'full') return waitForPlace(deps, send, backoffMs, choice.retryMs);
    if (choice.outcome === 'none') return giveUp(deps, send);
    tried.push(choice.provider);
    const attempt = await makeAttempt(deps, send, choice, code, budgetLeftMs(deps, send));
    if (attempt.outcome === 'recovering') return { outcome: 'retry', delayMs: RECOVERY_RETRY_MS };
    if (attempt.outcome === 'refused') return { outcome: 'done', what: attempt.what };
    const { result } = attempt;
    if (result.outcome === 'rejected' && result.retry) {
      const attempts = send.state.attempts.filter((each) => each.send === send.state.send).length + 1;
      const { retryAfterMs } = result;
      const delayMs = decideBackoff({ attempts, retryAfterMs, leftMs: leftMs(send), random: deps.random });
      // the one that may be asked first decides: another's long Retry-After does not hold the code back
      if (delayMs !== undefined) backoffMs = Math.min(delayMs, backoffMs ?? delayMs);
    }
    // one that is busy just now is another one too: when a provider hangs, all of its calls fail over at the same moment
    const another = budgetLeftMs(deps, send) >= ATTEMPT_MIN_MS && deps.chooser.isAnyLeft(send.state, send, tried);
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
 * Every provider that may still be asked has as many calls in flight as it may, or messages a second: the queue runs the job
 * again soon, at a growing distance where somebody has refused this send, since that one will be asked again too.
 */
async function waitForPlace(
  deps: DeliverDeps,
  send: OpenSend,
  backoffMs: number | undefined,
  retryMs: number,
): Promise<JobResult> {
  const left = leftMs(send);
  const refusals = send.state.attempts.filter((each) => each.send === send.state.send && each.state === 'rejected');
  const grown = () =>
    decideBackoff({ attempts: refusals.length, retryAfterMs: undefined, leftMs: left, random: deps.random });
  const delayMs = refusals.length === 0 ? retryMs : (backoffMs ?? grown());
  return delayMs === undefined || left <= 0 ? giveUp(deps, send) : { outcome: 'retry', delayMs };
}

async function giveUp(deps: DeliverDeps, send: OpenSend): Promise<JobResult> {
  await deps.store.giveUp(send.state.id, send.state.send);
  return { outcome: 'done', what: 'noProvider' };
}
