import {
  ATTEMPT_TOPIC,
  CHECK_TOPIC,
  OUTCOME_TOPIC,
  REQUEST_TOPIC,
  attemptId,
  createVerificationId,
} from '@watchword/contracts';
import type { CheckRecord, OtpRecord } from '../load/record.ts';
import type { EventFact, History, RecordFact, SubmissionFact } from './history.ts';
import { reconcile } from './reconcile.ts';

/** A run that began at 0; everything happens within its first minute. */
export const START = 1_000;
export const LIFE_MS = 60_000;
const READ_AT = 300_000;

export const id = createVerificationId({ region: 'a', bucket: 7 });

export function check(change: Partial<CheckRecord> = {}): CheckRecord {
  return {
    askedAt: 5_000,
    at: 5_050,
    key: 'right',
    right: true,
    messageAt: 3_000,
    verdict: 'approved',
    status: 200,
    state: 'approved',
    replayed: false,
    ...change,
  };
}

export const otp: OtpRecord = {
  n: 1,
  to: '+4915110000001',
  channel: 'sms',
  habit: 'right',
  lifeMs: LIFE_MS,
  secondStepAfterMs: undefined,
  askedAt: START,
  start: { outcome: 'accepted', at: START + 50, id, expiresAt: START + LIFE_MS, replayed: false },
  messages: [{ at: 3_000, provider: 'north', code: '123456' }],
  checks: [check()],
  resends: [],
  faults: [],
};
export const submission = (change: Partial<SubmissionFact> = {}): SubmissionFact => ({
  seq: 1,
  at: 2_000,
  attemptId: attemptId(id, 1),
  provider: 'north',
  to: otp.to,
  answer: 'accepted',
  sent: true,
  arrivedAt: 3_000,
  receiptsTaken: [],
  ...change,
});
export const attempt = (k: number, change: Partial<NonNullable<EventFact['attempt']>> = {}): EventFact => ({
  topic: ATTEMPT_TOPIC,
  eventId: `${id}.${k}.a`,
  id,
  at: 2_100,
  attempt: { attemptId: attemptId(id, k), send: 1, state: 'accepted', takenOver: false, ...change },
});
export const request: EventFact = { topic: REQUEST_TOPIC, eventId: `${id}.r`, id, at: START };
export const checked: EventFact = { topic: CHECK_TOPIC, eventId: `${id}.c`, id, at: 5_040, valid: true };
export const outcome = (how: string, change: Partial<EventFact> = {}): EventFact => ({
  topic: OUTCOME_TOPIC,
  eventId: `${id}.o`,
  id,
  at: 5_045,
  outcome: how,
  ...change,
});
export const record: RecordFact = { id, status: 'approved', expiresAt: START + LIFE_MS, deadlines: 0 };

/** One OTP that went as it should. */
export const good: History = {
  otps: [otp],
  events: [request, attempt(1), checked, outcome('approved')],
  records: [record],
  submissions: [submission()],
  lossesAt: [],
  outages: [],
  deadLetters: [],
  providers: { sms: ['north', 'south'] },
  recoveredSends: 0,
  readAt: READ_AT,
};
/** What is found, by kind. */
export const kinds = (history: History) =>
  reconcile(history).breaches.map(({ kind, excused }) => (excused ? `${kind}, excused` : kind));
export const withChecks = (...checks: CheckRecord[]): History => ({ ...good, otps: [{ ...otp, checks }] });
export const without = (topic: EventFact['topic']): History => ({
  ...good,
  events: good.events.filter((event) => event.topic !== topic),
});

/** A submission that its provider definitely refused. */
export const refusal = (k: number, provider: string): SubmissionFact =>
  submission({ seq: k, attemptId: attemptId(id, k), provider, answer: 'throttle', sent: false, arrivedAt: undefined });
