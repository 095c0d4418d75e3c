import type { SendWindow } from '../../store/limits.ts';
import { transition, type SendLog, type Transition, type World } from './world.ts';

type Recipient = Readonly<{ limit_key: string }>;
export type Charged = { outcome: 'charged'; fresh: boolean } | { outcome: 'refused'; retryAfterMs: number };

/** A recipient's sliding windows: a send that is there already is allowed again, a refusal says when the fullest has room. */
export function chargeSend(
  world: World,
  limitKey: string,
  member: string,
  now: number,
  windows: readonly SendWindow[],
): { world: World; charged: Charged } {
  const members = sendsAt(world, limitKey, now);
  if (members.has(member)) return { world, charged: { outcome: 'charged', fresh: false } };
  const times = [...members.values()].sort((a, b) => b - a);
  const waits = windows
    .filter(({ windowMs, limit }) => times.filter((at) => at > now - windowMs).length >= limit)
    .map(({ windowMs, limit }) => times[limit - 1]! + windowMs - now);
  if (waits.length > 0) return { world, charged: { outcome: 'refused', retryAfterMs: Math.max(...waits) } };
  const longest = Math.max(...windows.map(({ windowMs }) => windowMs));
  const kept = [...members].filter(([, at]) => at > now - longest);
  const log: SendLog = { members: new Map([...kept, [member, now]]), expiresAt: now + longest };
  return {
    world: { ...world, sends: new Map(world.sends).set(limitKey, log) },
    charged: { outcome: 'charged', fresh: true },
  };
}

/** What a recipient's log holds now. */
export function sendsAt(world: World, limitKey: string, now: number): ReadonlyMap<string, number> {
  const log = world.sends.get(limitKey);
  return log !== undefined && log.expiresAt >= now ? log.members : new Map();
}

export function refundSend(world: World, limitKey: string, member: string): World {
  const log = world.sends.get(limitKey);
  if (!log) return world;
  const members = new Map(log.members);
  members.delete(member);
  return { ...world, sends: new Map(world.sends).set(limitKey, { ...log, members }) };
}

export function charge(
  world: World,
  input: { recipient: Recipient; id: string; send: number; windows: readonly SendWindow[] },
  now: number,
): Transition<{ now: number } & Charged> {
  const result = chargeSend(world, input.recipient.limit_key, `${input.id}.${input.send}`, now, input.windows);
  return transition(result.world, { now, ...result.charged });
}

export function refund(
  world: World,
  input: { recipient: Recipient; id: string; send: number },
  now: number,
): Transition<{ now: number }> {
  return transition(refundSend(world, input.recipient.limit_key, `${input.id}.${input.send}`), { now });
}
