import type { Channel } from '@watchword/contracts';
import type { Habit } from './plan-person.ts';

/**
 * What the platform and the person of one OTP saw, by the clock of this process (ms since 1970): the other half of what
 * Kafka, Redis and the provider's ledger say.
 */
export interface OtpRecord {
  n: number;
  to: string;
  channel: Channel;
  habit: Habit;
  lifeMs: number;
  /** A second step by the same channel, so long after the first; undefined: one step only. */
  secondStepAfterMs: number | undefined;
  /** When the platform first asked. */
  askedAt: number;
  start: StartRecord;
  /** What the person saw. */
  messages: SeenMessage[];
  checks: CheckRecord[];
  resends: ResendRecord[];
  /** Tries of any call of this OTP that were answered by a fault or not at all, and when. */
  faults: FaultRecord[];
}

export interface AcceptedStart {
  outcome: 'accepted';
  at: number;
  id: string;
  expiresAt: number;
  replayed: boolean;
}

export type StartRecord =
  | AcceptedStart
  /** An answer that no retry would change. */
  | { outcome: 'refused'; at: number; status: number; code: string }
  /** The platform's patience ended; whether it was accepted is not known. */
  | { outcome: 'gaveUp'; at: number };

export interface SeenMessage {
  at: number;
  provider: string;
  code: string;
}

export type CheckVerdict =
  | 'approved'
  | 'wrong'
  /** The last wrong one. */
  | 'failed'
  /** It had ended before. */
  | 'ended'
  | 'locked'
  /** 404: no such verification. */
  | 'unknown'
  | 'other'
  | 'gaveUp';

export interface CheckRecord {
  askedAt: number;
  at: number;
  key: string;
  /** Whether it was a code that the person had received. */
  right: boolean;
  /** When the message with this code had arrived. */
  messageAt?: number;
  verdict: CheckVerdict;
  status: number;
  /** What the verification was, by the answer. */
  state: string;
  replayed: boolean;
}

interface ResendRecord {
  at: number;
  status: number;
  sent: boolean;
}

export interface FaultRecord {
  at: number;
  /** An HTTP status, or how the connection failed. */
  what: string;
}

/** The id of an accepted one. */
export function idOf(otp: OtpRecord): string | undefined {
  return otp.start.outcome === 'accepted' ? otp.start.id : undefined;
}
