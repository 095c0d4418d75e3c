import { BaseError, type Channel } from '@watchword/contracts';
import {
  bucketOfId,
  decideNext,
  type Command,
  type Decision,
  type OutboxPublisher,
  type SendWindow,
  type StepPlan,
  type Trigger,
  type Verification,
  type VerificationStore,
} from '@watchword/verification';
import { ATTRIBUTE, type Spans } from '@watchword/runtime';
import type { Gate } from './channel-gate.ts';

/** How often one look may lose against other writers of the same verification before the next deadline takes over. */
const TRIES_MAX = 10;

/**
 * A send that no worker may claim before its bucket is whole, some 6 s, looks again after this. On the queue it would come back to
 * the workers meanwhile, and many of them leave no room there for new ones.
 */
const SETTLING_LOOK_MS = 1_500;

export interface MoveDeps {
  store: VerificationStore;
  outbox: OutboxPublisher;
  /** Puts jobs on their channels' queues; a job that is there already stays one. */
  enqueue(verification: Pick<Verification, 'id' | 'traceparent'>, commands: readonly Command[]): Promise<void>;
  sendWindows(tenant: string): readonly SendWindow[];
  /** Whether this dispatcher looks after a bucket. */
  owns(bucket: number): boolean;
  /** Asked before a send is opened, so that a channel's queue stays short and every tenant has its turn. */
  gate: Pick<Gate, 'enter' | 'arrived' | 'restMs'>;
  onMove(move: Decision['move'] | 'conflict' | 'wait'): void;
  /** Where tracing is on. */
  spans: Spans | undefined;
}

/** `held`: its bucket is being restored, and a deadline calls again after that. */
export type Mover = (id: string, trigger: Trigger) => Promise<'moved' | 'absent' | 'held'>;

/**
 * Looks at one verification and makes its next moves: decide on the state, write by compare-and-set, carry out. Safe to be
 * run at any time, any number of times, by any number of dispatchers.
 *
 * @throws BaseError `OTP_STATE_UNAVAILABLE`, `OTP_QUEUE_UNAVAILABLE` (the command stays with the state),
 *   `OTP_STATE_CONFLICT`
 */
export function createMover(deps: MoveDeps): Mover {
  return async (id, first) => {
    let trigger = first;
    for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
      const { now, verification: state, waitsFor } = await deps.store.read(id);
      if (waitsFor === 'reading') return hold(deps.store, id, state, trigger);
      if (!state) {
        await deps.store.rearm(id, undefined);
        return 'absent';
      }
      if (state.sendState === 'failed') await refundFailed(deps.store, state);
      const decision = decideNext(state, parseWorkflow(state), { trigger, now });
      const look: Look = { state, trigger, now, settling: waitsFor === 'settling' };
      const done = deps.spans
        ? await carryOutTraced(deps, deps.spans, look, decision)
        : await carryOut(deps, look, decision);
      deps.onMove(moveName(done, decision));
      if (done === 'done' || done === 'waits') return 'moved';
      if (done === 'tookOver') trigger = 'takeover';
    }
    throw new BaseError('OTP_STATE_CONFLICT', 'a verification changed under every try', {
      retry: true,
      context: { id },
    });
  };
}

/** What was seen of a verification, and why it was looked at. */
interface Look {
  state: Verification;
  trigger: Trigger;
  now: number;
  /** Its bucket is not whole yet: nothing may be sent. */
  settling: boolean;
}

async function carryOut(deps: MoveDeps, look: Look, decision: Decision): Promise<Done> {
  const { state, trigger, now } = look;
  if (look.settling && sends(decision)) return deferSend(deps.store, state, SETTLING_LOOK_MS);
  return makeMove(deps, state, decision, trigger, now);
}

async function carryOutTraced(deps: MoveDeps, spans: Spans, look: Look, decision: Decision): Promise<Done> {
  const { move } = decision;
  // most looks find nothing to do, and nobody needs to see those
  if (move === 'none') return carryOut(deps, look, decision);
  const { id, traceparent } = look.state;
  const attributes = { [ATTRIBUTE.verification]: id, [ATTRIBUTE.trigger]: look.trigger };
  const origin = { from: 'verification', traceparent } as const;
  return spans.run({ name: move, kind: 'internal', origin, attributes }, async (span) => {
    const done = await carryOut(deps, look, decision);
    span?.set({ [ATTRIBUTE.outcome]: done });
    return done;
  });
}

/** What Redis has lost of it is not known yet: nothing is decided on what is left. Deadlines that are due stay so. */
async function hold(
  store: VerificationStore,
  id: string,
  state: Verification | undefined,
  trigger: Trigger,
): Promise<'held' | 'absent'> {
  if (!state) return 'absent';
  if (trigger !== 'deadline') await store.callAgain(id);
  return 'held';
}

/**
 * A send that has surely not gone out does not count. The script that closed it has given its charge back where the recipient's
 * limits live in the verification's bucket; this does it for the others. A repeat changes nothing.
 */
async function refundFailed(store: VerificationStore, state: Verification): Promise<void> {
  const request = state.request!;
  const recipient = request.recipients[request.workflow[state.step]!.recipient]!;
  if (recipient.limit_bucket !== bucketOfId(state.id)) await store.refund(recipient, state.id, state.send);
}

type Done = 'done' | 'again' | 'tookOver' | 'waits';

function sends(decision: Decision): boolean {
  return decision.move === 'advance' && decision.commands.length > 0;
}

function moveName(done: Done, { move }: Decision): Parameters<MoveDeps['onMove']>[0] {
  if (done === 'waits') return 'wait';
  return done === 'again' ? 'conflict' : move;
}

async function makeMove(
  deps: MoveDeps,
  state: Verification,
  decision: Decision,
  trigger: Trigger,
  now: number,
): Promise<Done> {
  switch (decision.move) {
    case 'none':
      // a deadline that called for nothing is put right, or it would call for ever
      if (trigger === 'deadline') await deps.store.rearm(state.id, state.version);
      return 'done';
    case 'advance':
      return advance(deps, state, decision, trigger, now);
    case 'takeOver': {
      const { entries } = await deps.store.takeOver(state, decision.k);
      deps.outbox.ship(entries);
      return 'tookOver';
    }
    case 'expire': {
      const { outcome, entries } = await deps.store.expire(state.id);
      deps.outbox.ship(entries);
      return outcome === 'early' ? 'again' : 'done';
    }
    case 'fail': {
      const { outcome, entries } = await deps.store.fail(state);
      deps.outbox.ship(entries);
      return outcome === 'conflict' ? 'again' : 'done';
    }
  }
}

async function advance(
  deps: MoveDeps,
  state: Verification,
  decision: Extract<Decision, { move: 'advance' }>,
  trigger: Trigger,
  now: number,
): Promise<Done> {
  const { plan } = decision;
  if (!plan.opens) return goOn(deps, state, decision, trigger, now);
  // who looks after its bucket calls at its deadlines, and keeps its place in line: with two places it would weigh twice
  const here = trigger === 'deadline' || deps.owns(bucketOfId(state.id));
  if (waits(deps.gate, state, plan.channel, now, here))
    return here
      ? callLater(deps.store, state, trigger, deps.gate.restMs(plan.channel))
      : deferSend(deps.store, state, 0);
  try {
    return await goOn(deps, state, decision, trigger, now);
  } finally {
    deps.gate.arrived(plan.channel, state.id);
  }
}

async function goOn(
  deps: MoveDeps,
  state: Verification,
  { plan, commands, charge }: Extract<Decision, { move: 'advance' }>,
  trigger: Trigger,
  now: number,
): Promise<Done> {
  if (charge) {
    const request = state.request!;
    const recipient = request.recipients[request.workflow[plan.step]!.recipient]!;
    const charged = await deps.store.charge(recipient, state.id, plan.send, deps.sendWindows(state.tenant));
    if (charged.outcome === 'refused') {
      const otherwise = decideNext(state, parseWorkflow(state), { trigger, now, refused: true });
      return makeMove(deps, state, otherwise, trigger, now);
    }
  }
  const command = commands.map(({ send, n }) => `${send}-${n}`).join();
  const { outcome } = await deps.store.advance(state, plan, command);
  if (outcome === 'conflict') return 'again';
  if (outcome === 'advanced' && commands.length > 0) await deps.enqueue(state, commands);
  return 'done';
}

function waits(gate: MoveDeps['gate'], state: Verification, channel: Channel, now: number, here: boolean): boolean {
  const { id, tenant, createdAt, expiresAt, status } = state;
  return gate.enter({ channel, id, tenant, createdAt, expiresAt, first: status === 'admitted', here, now }) === 'wait';
}

/**
 * A send that waits is done with for now: the state keeps it, its deadline brings it back should this dispatcher not. Nothing
 * has to be written for a request that has just come, since its `admitted` deadline is set.
 */
async function callLater(store: VerificationStore, state: Verification, trigger: Trigger, ms: number): Promise<Done> {
  if (trigger === 'request' && state.status === 'admitted') return 'waits';
  return deferSend(store, state, ms);
}

async function deferSend(store: VerificationStore, state: Verification, ms: number): Promise<Done> {
  const { outcome } = await store.defer(state, ms);
  return outcome === 'moved' ? 'again' : 'waits';
}

function parseWorkflow(state: Verification): StepPlan[] {
  return (state.request?.workflow ?? []).map(({ channel, timeout_ms }) => ({ channel, timeoutMs: timeout_ms }));
}
