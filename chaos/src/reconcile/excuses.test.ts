import { ATTEMPT_TOPIC, RECEIPT_TOPIC, attemptId, createVerificationId } from '@watchword/contracts';
import { describe, expect, it } from 'vitest';
import type { EventFact, History } from './history.ts';
import {
  LIFE_MS,
  START,
  attempt,
  check,
  checked,
  good,
  id,
  kinds,
  otp,
  outcome,
  record,
  refusal,
  request,
  submission,
} from './made-up-history.ts';
import { reconcile } from './reconcile.ts';

/** What excuses must not excuse: each history here was once said to be well. */
const second = (change = {}) => submission({ seq: 2, at: 9_000, attemptId: attemptId(id, 2), ...change });

describe('a second message after Redis lost its data', () => {
  const again: History = { ...good, submissions: [submission(), submission({ seq: 2, at: 9_000 })], recoveredSends: 1 };
  const toldAt = (at: number): EventFact[] => [
    ...good.events.filter(({ topic }) => topic !== ATTEMPT_TOPIC),
    { ...attempt(1), at },
  ];

  it('is excused where Kafka had no word of the first one, and the product counts it', () => {
    const untold = { ...again, events: toldAt(9_100), lossesAt: [4_000] };
    expect(kinds(untold)).toEqual([]);
    expect(reconcile(untold).figures.duplicates).toMatchObject({ recovered: 1, uncounted: 0 });
    expect(kinds({ ...untold, recoveredSends: 0 })).toEqual(['duplicated']);
    expect(kinds({ ...untold, lossesAt: [12_000] })).toEqual(['duplicated']);
  });

  it('is a breach where Kafka knew that the first one was sent', () => {
    expect(kinds({ ...again, lossesAt: [4_000] })).toEqual(['duplicated']);
  });

  it('is excused where Kafka knew only that another provider had refused', () => {
    const events = [...toldAt(2_050), { ...attempt(2), at: 9_100 }];
    const rejected = { ...attempt(1, { state: 'rejected' }), at: 2_050 };
    const submissions = [refusal(1, 'north'), second({ at: 2_500 }), second({ seq: 3 })];
    const history = { ...again, submissions, lossesAt: [4_000] };
    expect(
      kinds({ ...history, events: [request, rejected, ...events.slice(-1), checked, outcome('approved')] }),
    ).toEqual([]);
    expect(kinds({ ...history, events })).toEqual(['duplicated']);
  });
});

describe('a doubt', () => {
  const rest = [request, checked, outcome('approved')];
  const unknown = (k: number) => attempt(k, { state: 'unknown' });

  it('that never went out explains no second message', () => {
    const hung = submission({ answer: 'hang', sent: false, arrivedAt: undefined });
    const submissions = [hung, second(), second({ seq: 3, attemptId: attemptId(id, 3) })];
    expect(kinds({ ...good, submissions, events: [...rest, unknown(1), attempt(2), attempt(3)] })).toEqual([
      'duplicated',
    ]);
  });

  it('about the last message explains none that went out before', () => {
    const submissions = [submission(), second()];
    expect(kinds({ ...good, submissions, events: [...rest, attempt(1), unknown(2)] })).toEqual(['duplicated']);
    expect(kinds({ ...good, submissions, events: [...rest, unknown(1), attempt(2)] })).toEqual([]);
  });

  it('is not needed to see two messages of which one has no event', () => {
    expect(kinds({ ...good, submissions: [submission(), second()] })).toEqual(['duplicated', 'missingEvent']);
  });
});

describe('one that reached nobody', () => {
  const nobody: History = {
    ...good,
    otps: [{ ...otp, messages: [], checks: [] }],
    records: [{ ...record, status: 'expired' }],
    submissions: [],
    events: [request, outcome('expired')],
  };
  const rejected = (k: number) => attempt(k, { state: 'rejected' });

  it('is excused by refusals only where every provider of its channel refused', () => {
    for (const how of ['expired', 'undeliverable']) {
      const one = { ...nobody, submissions: [refusal(1, 'north')], events: [request, rejected(1), outcome(how)] };
      expect(kinds(one)).toEqual(['lost']);
      const all = { ...one, submissions: [...one.submissions, refusal(2, 'south')] };
      expect(kinds({ ...all, events: [...one.events, rejected(2)] })).toEqual(['lost, excused']);
      expect(kinds({ ...all, events: [...one.events, attempt(2, { state: 'unknown' })] })).toEqual(['lost']);
    }
  });

  it('is excused by an outage only where that took all of its life', () => {
    const until = START + LIFE_MS + 1;
    expect(kinds({ ...nobody, outages: [{ from: 2_000, until }] })).toEqual(['lost, excused']);
    expect(kinds({ ...nobody, outages: [{ from: 20_000, until }] })).toEqual(['lost']);
  });

  it('is a breach where it went out and never arrived', () => {
    const submissions = [submission({ arrivedAt: undefined })];
    const gone = { ...nobody, submissions, events: [request, attempt(1), outcome('expired')] };
    expect(kinds(gone)).toEqual(['unreached']);
    const live = { ...gone, events: [request, attempt(1)], records: [{ ...record, status: 'pending', deadlines: 1 }] };
    expect(kinds({ ...live, readAt: 3_000 })).toEqual([]);
  });

  it('is a provider’s that swallowed it, unless a second step had the time to send', () => {
    const swallowed = submission({ answer: 'black_hole', sent: false, arrivedAt: undefined });
    const taken = { ...nobody, submissions: [swallowed], events: [request, attempt(1), outcome('expired')] };
    const steps = (secondStepAfterMs: number) => ({ ...taken, otps: [{ ...taken.otps[0]!, secondStepAfterMs }] });
    expect(kinds(taken)).toEqual(['unreached, excused']);
    expect(kinds(steps(15_000))).toEqual(['lost']);
    expect(kinds(steps(50_000))).toEqual(['unreached, excused']);
    const again = { ...swallowed, seq: 2, at: START + 16_000, attemptId: attemptId(id, 2) };
    const events = [...taken.events, attempt(2, { send: 2 })];
    expect(kinds({ ...steps(15_000), events, submissions: [swallowed, again] })).toEqual(['unreached, excused']);
  });
});

describe('what has ended', () => {
  const twice = (firstAt: number): History => ({
    ...good,
    otps: [{ ...otp, checks: [] }],
    events: [
      request,
      attempt(1),
      outcome('expired', { at: firstAt }),
      outcome('expired', { at: 61_000, eventId: 'o2' }),
    ],
    records: [{ ...record, status: 'expired' }],
  });

  it('does not end again', () => {
    expect(kinds(twice(30_000))).toEqual(['resurrected']);
    expect(kinds({ ...twice(30_000), lossesAt: [31_000] })).toEqual(['resurrected']);
    expect(kinds({ ...twice(30_000), lossesAt: [29_900] })).toEqual(['resurrected, excused']);
  });

  it('does not live in Redis', () => {
    const live = { ...good, records: [{ ...record, status: 'pending', deadlines: 1 }] };
    expect(kinds(live)).toEqual(['resurrected']);
    expect(kinds({ ...live, readAt: 5_100 })).toEqual([]);
  });

  it('was not approved where Kafka has it as something else', () => {
    const events = [request, attempt(1), checked, outcome('expired')];
    expect(kinds({ ...good, events })).toEqual(['missingEvent']);
    expect(kinds({ ...good, events, lossesAt: [5_100] })).toEqual(['missingEvent, excused']);
  });

  it('is not approved again because its first approval waited for longer than the promises except', () => {
    const events = [request, attempt(1), checked, outcome('approved', { at: 9_000 })];
    const checks = [check(), check({ key: 'again', at: 8_500 })];
    const history = { ...good, otps: [{ ...otp, checks }], events: [...events, { ...checked, eventId: 'c2' }] };
    expect(kinds({ ...history, lossesAt: [6_000] })).toEqual(['approvedTwice, excused']);
    expect(kinds({ ...history, lossesAt: [8_000] })).toEqual(['approvedTwice']);
  });
});

describe('a second verification for one start', () => {
  const other = createVerificationId({ region: 'a', bucket: 8 });
  const stray = submission({ seq: 2, attemptId: attemptId(other, 1) });
  const events: EventFact[] = [
    ...good.events,
    { ...request, id: other, eventId: 'r2' },
    { ...attempt(1), id: other, eventId: 'a2', attempt: { ...attempt(1).attempt!, attemptId: attemptId(other, 1) } },
    outcome('expired', { id: other, eventId: 'o2' }),
  ];
  const history = { ...good, submissions: [submission(), stray], events };

  it('is a breach when it sends', () => {
    expect(kinds(history)).toEqual(['second']);
    expect(kinds({ ...history, submissions: [submission(), { ...stray, sent: false }] })).toEqual([]);
  });

  it('is excused where the start met a fault before it was accepted, and only then', () => {
    const withFault = (at: number) => ({ ...history, otps: [{ ...otp, faults: [{ at, what: '503' }] }] });
    expect(kinds(withFault(START + 10))).toEqual(['second, excused']);
    expect(kinds(withFault(5_020))).toEqual(['second']);
  });

  it('may hide behind a message without a reference of ours', () => {
    expect(kinds({ ...good, submissions: [submission(), submission({ seq: 2, attemptId: undefined })] })).toEqual([
      'second',
    ]);
  });
});

describe('a receipt that was answered 200', () => {
  const receipt = (raw: string): EventFact => ({
    topic: RECEIPT_TOPIC,
    eventId: `${id}.1.${raw}`,
    id,
    at: 3_100,
    receipt: { attemptId: attemptId(id, 1), status: raw, raw },
  });
  const taken = { ...good, submissions: [submission({ receiptsTaken: ['submitted', 'delivered'] })] };

  it('is in Kafka', () => {
    expect(kinds({ ...taken, events: [...good.events, receipt('submitted'), receipt('delivered')] })).toEqual([]);
    expect(kinds({ ...taken, events: [...good.events, receipt('submitted')] })).toEqual(['missingEvent']);
  });

  it('may be nobody’s word only where a loss gave its number to another provider', () => {
    const submissions = [...taken.submissions, submission({ seq: 2, at: 9_000, provider: 'south' })];
    const events = [...good.events.filter(({ topic }) => topic !== ATTEMPT_TOPIC), { ...attempt(1), at: 9_100 }];
    const after = { ...taken, submissions, events, lossesAt: [4_000], recoveredSends: 1 };
    expect(kinds(after)).toEqual(['missingEvent, excused']);
    expect(kinds({ ...after, lossesAt: [] })).toEqual(['duplicated', 'missingEvent']);
  });
});

it('a record in a dead-letter topic is a breach', () => {
  const letter = { topic: 'otp.request.v1.dispatcher.dead', offset: '3', reason: 'OTP_STATE_UNAVAILABLE' };
  expect(reconcile({ ...good, deadLetters: [letter] }).breaches).toEqual([
    { kind: 'deadLetter', id: 'otp.request.v1.dispatcher.dead/3', detail: 'OTP_STATE_UNAVAILABLE', excused: false },
  ]);
});
