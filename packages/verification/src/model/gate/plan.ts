import type { Outcome } from '@watchword/contracts';
import type { SendWindow } from '../../store/limits.ts';
import type { AskAnswer } from '../../store/moves.ts';
import type { Plan } from '../decide-next.ts';
import { isLive, type Verification } from '../state.ts';
import { chargeSend } from './limits.ts';
import {
  NO_DEADLINES,
  change,
  find,
  findOfTenant,
  transition,
  withDeadlines,
  type Transition,
  type World,
} from './world.ts';

export function advance(
  world: World,
  input: { state: Verification; plan: Plan; command: string },
  now: number,
): Transition<{ outcome: 'advanced' | 'conflict' | 'ended'; now: number }> {
  const { state, plan, command } = input;
  const record = find(world, state.id);
  if (!record || !isLive(record)) return transition(world, { outcome: 'ended', now });
  if (record.version !== state.version) return transition(world, { outcome: 'conflict', now });
  const moved = change(world, record, {
    status: 'pending',
    step: plan.step,
    channel: plan.channel,
    send: plan.send,
    sendState: plan.opens ? 'open' : record.sendState,
    stepDeadline: plan.stepDeadline,
    lease: plan.lease,
    command,
    asked: '',
    promised: false,
  });
  const deadlines = { admitted: 0, step: plan.stepDeadline, lease: plan.lease };
  return transition(withDeadlines(moved, state.id, deadlines), { outcome: 'advanced', now });
}

interface Ask {
  id: string;
  tenant: string;
  limitKey: string;
  charge: readonly SendWindow[] | undefined;
  seen?: Pick<Verification, 'step' | 'send'>;
}

export function resend(world: World, input: Ask, now: number): Transition<AskAnswer> {
  const record = findOfTenant(world, input.id, input.tenant);
  const ended = endedAnswer(record, now);
  if (record === undefined || ended !== undefined)
    return transition(world, { now, ...(ended ?? { outcome: 'unknown' }) });
  if (record.status === 'admitted' || record.sendState === 'open' || record.asked !== '') {
    return transition(world, { now, outcome: 'open' });
  }
  if (record.nextResendAt > now) {
    return transition(world, { now, outcome: 'cooling', retryAfterMs: record.nextResendAt - now });
  }
  const paid = payForSend(world, record, input, now);
  if (paid.outcome !== 'paid') return transition(world, { now, ...paid });
  const { cooldown_ms } = record.request!;
  const asked = change(paid.world, record, { asked: 'resend', nextResendAt: now + cooldown_ms });
  return transition(withDeadlines(asked, input.id, { step: now }), { now, outcome: 'asked' });
}

export function next(world: World, input: Ask, now: number): Transition<AskAnswer> {
  const record = findOfTenant(world, input.id, input.tenant);
  const ended = endedAnswer(record, now);
  if (record === undefined || ended !== undefined)
    return transition(world, { now, ...(ended ?? { outcome: 'unknown' }) });
  if (record.status === 'admitted' || record.asked === 'next') return transition(world, { now, outcome: 'open' });
  if (record.step + 1 === record.steps) return transition(world, { now, outcome: 'last' });
  const paid = payForSend(world, record, input, now);
  if (paid.outcome !== 'paid') return transition(world, { now, ...paid });
  const asked = change(paid.world, record, { asked: 'next' });
  return transition(withDeadlines(asked, input.id, { step: now }), { now, outcome: 'asked' });
}

type Paid =
  | { outcome: 'paid'; world: World }
  | { outcome: 'tooLate' | 'moved' }
  | { outcome: 'refused'; retryAfterMs: number };

/** A message needs some life left, the recipient that was meant, and room in its limits. */
function payForSend(world: World, record: Verification, { id, limitKey, charge, seen }: Ask, now: number): Paid {
  if (record.expiresAt - now < world.durations.lifeLeftMinMs) return { outcome: 'tooLate' };
  if (seen && (seen.step !== record.step || seen.send !== record.send)) return { outcome: 'moved' };
  if (!charge) return { outcome: 'paid', world };
  const { world: paid, charged } = chargeSend(world, limitKey, `${id}.${record.send + 1}`, now, charge);
  return charged.outcome === 'refused' ? charged : { outcome: 'paid', world: paid };
}

function endedAnswer(record: Verification | undefined, now: number): { outcome: 'ended'; status: Outcome } | undefined {
  if (record === undefined) return undefined;
  if (!isLive(record)) return { outcome: 'ended', status: record.status as Outcome };
  return record.expiresAt <= now ? { outcome: 'ended', status: 'expired' } : undefined;
}

export function rearm(
  world: World,
  input: { id: string; version: number | undefined },
  now: number,
): Transition<{ outcome: 'armed' | 'cleared' | 'moved'; now: number }> {
  const { id, version } = input;
  const record = find(world, id);
  if (!record || !isLive(record)) {
    const lease = record?.lease ?? 0;
    return transition(withDeadlines(world, id, { ...NO_DEADLINES, lease }), { outcome: 'cleared', now });
  }
  if (record.version !== version) return transition(world, { outcome: 'moved', now });
  const { status, createdAt, sendState, stepDeadline, lease, expiresAt } = record;
  const armed = withDeadlines(world, id, {
    admitted: status === 'admitted' ? createdAt + world.durations.admittedMs : 0,
    // nothing can be started while a send is open, so a step's deadline that has passed waits for its end
    step: sendState === 'open' && stepDeadline <= now ? 0 : stepDeadline,
    lease,
    life: expiresAt,
  });
  return transition(armed, { outcome: 'armed', now });
}
