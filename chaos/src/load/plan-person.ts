import type { Channel } from '@watchword/contracts';
import { between, createRandom, pick } from './random.ts';

/** What a person does with the code once it is there. */
export type Habit =
  | 'right'
  /** A wrong one first. */
  | 'wrongFirst'
  /** After a coffee. */
  | 'late'
  /** The right one, and after the approval once more. */
  | 'twice'
  /** The right one in three tabs at the same moment. */
  | 'parallel'
  /** Asks for another message first. */
  | 'resend'
  /** Never types anything: the life must end it. */
  | 'never';

export interface PersonPlan {
  n: number;
  to: string;
  channel: Channel;
  habit: Habit;
  lifeSeconds: number;
  /** Seconds until the channel is tried once more; undefined: one step only. */
  secondStepAfter: number | undefined;
  /** From seeing the code to typing it. */
  thinkMs: number;
  /** The Idempotency-Key of the start. */
  key: string;
}

export interface Crowd {
  seed: number;
  /** Keeps the people of different loads on one stage apart; 0-89. */
  group: number;
  channels: Readonly<Partial<Record<Channel, number>>>;
  habits: Readonly<Partial<Record<Habit, number>>>;
  /** Of those who type. */
  lifeSeconds: number;
  /** Of those who never do: a run waits for the end of these lives. */
  idleLifeSeconds: number;
  /** A workflow of two steps: when the second one begins. */
  secondStepAfter?: number | undefined;
}

export const HABITS: Crowd['habits'] = {
  right: 62,
  wrongFirst: 10,
  late: 6,
  twice: 6,
  parallel: 5,
  resend: 6,
  never: 5,
};
const CHANNEL_MIX: Crowd['channels'] = { sms: 80, voice: 10, email: 10 };

/** The usual shares of these channels. */
export function channelMix(channels: readonly Channel[]): Crowd['channels'] {
  return Object.fromEntries(channels.map((channel) => [channel, CHANNEL_MIX[channel]]));
}

const THINK_MS = { least: 200, most: 1_500 };
const LATE_MS = { least: 6_000, most: 12_000 };
/** People in one group: the last six digits of a number. */
const GROUP_MAX = 1_000_000;

/** The n-th person of a crowd. The same crowd has the same people, in whatever order they are asked for. */
export function planPerson(crowd: Crowd, n: number): PersonPlan {
  const random = createRandom(crowd.seed, 'person', crowd.group, n);
  const channel = pick(random, crowd.channels);
  const habit = pick(random, crowd.habits);
  const think = habit === 'late' ? LATE_MS : THINK_MS;
  const name = `${crowd.group}-${n}`;
  return {
    n,
    to: channel === 'email' ? `person-${name}@example.com` : numberOf(crowd.group, n),
    channel,
    habit,
    lifeSeconds: habit === 'never' ? crowd.idleLifeSeconds : crowd.lifeSeconds,
    secondStepAfter: crowd.secondStepAfter,
    thinkMs: between(random, think.least, think.most),
    key: `chaos-${crowd.seed}-${name}`,
  };
}

/** A German mobile number of nobody here: nothing leaves this machine. */
function numberOf(group: number, n: number): string {
  if (n >= GROUP_MAX) throw new RangeError(`a crowd has at most ${GROUP_MAX} people`);
  return `+4915${110 + group}${String(n).padStart(6, '0')}`;
}
