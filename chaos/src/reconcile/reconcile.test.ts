import { ATTEMPT_TOPIC, CHECK_TOPIC, OUTCOME_TOPIC, REQUEST_TOPIC, attemptId } from '@watchword/contracts';
import { describe, expect, it } from 'vitest';
import type { OtpRecord } from '../load/record.ts';
import type { History } from './history.ts';
import {
  START,
  LIFE_MS,
  id,
  check,
  otp,
  submission,
  attempt,
  request,
  checked,
  outcome,
  refusal,
  record,
  good,
  kinds,
  withChecks,
  without,
} from './made-up-history.ts';
import { reconcile } from './reconcile.ts';

describe('a run that went well', () => {
  it('has no breach, and is counted', () => {
    const { breaches, figures } = reconcile(good);
    expect(breaches).toEqual([]);
    expect(figures).toMatchObject({
      asked: 1,
      accepted: 1,
      reached: 1,
      approved: 1,
      outcomes: { approved: 1 },
      open: 0,
      duplicates: { doubtful: 0, recovered: 0, uncounted: 0, perSendMax: 0 },
    });
  });

  it('may hold an event twice: a repeat has the id of its first', () => {
    expect(kinds({ ...good, events: [...good.events, outcome('approved'), checked, attempt(1)] })).toEqual([]);
  });

  it('may hold an OTP that no provider took, once it is told that it was undeliverable', () => {
    const undeliverable: History = {
      ...good,
      otps: [{ ...otp, messages: [], checks: [] }],
      events: [request, attempt(1, { state: 'rejected' }), attempt(2, { state: 'rejected' }), outcome('undeliverable')],
      submissions: [refusal(1, 'north'), refusal(2, 'south')],
      records: [{ ...record, status: 'undeliverable' }],
    };
    expect(kinds(undeliverable)).toEqual(['lost, excused']);
  });
});

describe('a delivery', () => {
  it('that never came to any provider is lost', () => {
    const lost: History = {
      ...good,
      otps: [{ ...otp, messages: [], checks: [] }],
      events: [request, outcome('expired')],
      submissions: [],
      records: [{ ...record, status: 'expired' }],
    };
    expect(kinds(lost)).toEqual(['lost']);
    const over = START + LIFE_MS;
    expect(kinds({ ...lost, outages: [{ from: 2_000, until: over + 1 }] })).toEqual(['lost, excused']);
    expect(kinds({ ...lost, outages: [{ from: 2_000, until: over - 20_000 }] })).toEqual(['lost']);
    const asked = { ...lost, submissions: [refusal(1, 'north')] };
    expect(kinds({ ...asked, events: [...lost.events, attempt(1)] })).toEqual(['lost']);
  });

  it('that goes out twice for one send is a duplicate, unless an unknown result says that it may be', () => {
    const twice: History = {
      ...good,
      submissions: [submission(), submission({ seq: 2, attemptId: attemptId(id, 2) })],
      events: [...good.events, attempt(2)],
    };
    expect(kinds(twice)).toEqual(['duplicated']);
    const counted = {
      ...twice,
      events: [request, attempt(1, { state: 'unknown' }), attempt(2), checked, outcome('approved')],
    };
    expect(kinds(counted)).toEqual([]);
    expect(reconcile(counted).figures.duplicates).toEqual({ doubtful: 1, recovered: 0, uncounted: 0, perSendMax: 1 });
    // a provider that was slow had the first one last
    const late = { ...counted, submissions: [submission({ seq: 2 }), submission({ attemptId: attemptId(id, 2) })] };
    expect(kinds(late)).toEqual([]);
    const takenOver = {
      ...twice,
      events: [request, attempt(1, { takenOver: true }), attempt(2), checked, outcome('approved')],
    };
    expect(kinds(takenOver)).toEqual([]);
  });

  it('that goes out under the same attempt twice is a duplicate too', () => {
    expect(kinds({ ...good, submissions: [submission(), submission({ seq: 2 })] })).toEqual(['duplicated']);
  });

  it('that goes out three times for one send is too much, whatever is counted', () => {
    const thrice: History = {
      ...good,
      submissions: [1, 2, 3].map((k) => submission({ seq: k, attemptId: attemptId(id, k) })),
      events: [
        request,
        attempt(1, { state: 'unknown' }),
        attempt(2, { state: 'unknown' }),
        attempt(3),
        checked,
        outcome('approved'),
      ],
    };
    expect(kinds(thrice)).toEqual(['multiplied']);
  });

  it('of another send is none of them', () => {
    const resent: History = {
      ...good,
      submissions: [submission(), submission({ seq: 2, attemptId: attemptId(id, 2) })],
      events: [...good.events, attempt(2, { send: 2 })],
    };
    expect(kinds(resent)).toEqual([]);
  });

  it('after the life is a breach', () => {
    expect(kinds({ ...good, submissions: [submission({ at: START + LIFE_MS + 5_001 })] })).toEqual(['sentLate']);
  });
});

describe('an approval', () => {
  const again = check({ key: 'tab1', at: 5_060 });

  it('that is answered to two calls is one too many', () => {
    const history = withChecks(check(), again);
    expect(kinds({ ...history, events: [...good.events, { ...checked, eventId: 'c2' }] })).toEqual(['approvedTwice']);
  });

  it('that has two outcomes is one too many, even where nobody was answered twice', () => {
    expect(kinds({ ...good, events: [...good.events, outcome('approved', { eventId: 'o2' })] })).toEqual([
      'resurrected',
      'approvedTwice',
    ]);
  });

  it('is excused where Redis lost it before Kafka had it, and only then', () => {
    const events = [...good.events, { ...checked, eventId: 'c2' }];
    const later = withChecks(check(), { ...again, at: 9_000 });
    const unshipped = { ...later, lossesAt: [5_100], events: events.filter(({ topic }) => topic !== OUTCOME_TOPIC) };
    const second = outcome('approved', { at: 9_000 });
    expect(kinds({ ...unshipped, events: [...unshipped.events, second] })).toEqual(['approvedTwice, excused']);
    expect(kinds({ ...later, lossesAt: [5_100], events })).toEqual(['approvedTwice']);
  });

  it('of a wrong code is the worst', () => {
    expect(kinds(withChecks(check({ right: false })))).toEqual(['wrongApproved']);
  });

  it('of which nobody is told is a breach', () => {
    expect(kinds(withChecks(check({ verdict: 'ended' })))).toEqual(['untold']);
  });

  it('that a right code within its life does not get is a breach', () => {
    for (const [verdict, state, status] of [
      ['wrong', 'pending', 200],
      ['ended', 'undeliverable', 200],
      ['locked', '', 429],
    ] as const) {
      const judged = withChecks(check({ verdict, state, status }));
      expect(kinds({ ...judged, events: [request, attempt(1), checked, outcome('expired')] })).toEqual(['misjudged']);
    }
  });
});

describe('a right code that is judged wrong after a loss', () => {
  const judged = { ...withChecks(check({ verdict: 'wrong', state: 'pending' })), lossesAt: [3_100] };
  const rest = [request, checked, outcome('expired')];

  it('is excused where nobody else knew of its message, and only there', () => {
    expect(kinds({ ...judged, events: [...rest, { ...attempt(1), at: 6_000 }] })).toEqual(['misjudged, excused']);
    expect(kinds({ ...judged, events: [...rest, attempt(1)] })).toEqual(['misjudged']);
  });
});

describe('an answer', () => {
  it('that says an accepted one is unknown is a breach', () => {
    expect(kinds(withChecks(check(), check({ verdict: 'unknown', status: 404, state: '' })))).toEqual(['saidUnknown']);
  });

  it('that never comes, or refuses a start for good, is a breach', () => {
    const gone: OtpRecord = { ...otp, n: 2, start: { outcome: 'gaveUp', at: 9_000 }, checks: [], messages: [] };
    const refused: OtpRecord = {
      ...gone,
      n: 3,
      start: { outcome: 'refused', at: 9_000, status: 422, code: 'invalid_number' },
    };
    expect(kinds({ ...good, otps: [otp, gone, refused] })).toEqual(['gaveUp', 'refused']);
  });
});

describe('an end', () => {
  const open: History = {
    ...good,
    otps: [{ ...otp, checks: [] }],
    events: [request, attempt(1)],
    records: [{ ...record, status: 'pending', deadlines: 1 }],
  };

  it('that does not come when the life is over is missing: stuck', () => {
    expect(kinds(open)).toEqual(['stuck']);
  });

  it('may still come within the life, where a deadline will call for it', () => {
    const early = { ...open, readAt: 10_000 };
    expect(kinds(early)).toEqual([]);
    expect(reconcile(early).figures.open).toBe(1);
    expect(kinds({ ...early, records: [{ ...record, status: 'pending', deadlines: 0 }] })).toEqual(['stuck']);
  });

  it('of an accepted one that Redis does not know and Kafka never ended is missing', () => {
    expect(kinds({ ...open, records: [] })).toEqual(['stuck']);
  });

  it('has to come also for those whose platform was never answered', () => {
    expect(kinds({ ...open, otps: [] })).toEqual(['stuck']);
    expect(kinds({ ...open, otps: [], records: [{ ...record, status: 'abandoned' }] })).toEqual([]);
  });
});

describe('events', () => {
  it.each([REQUEST_TOPIC, ATTEMPT_TOPIC, CHECK_TOPIC, OUTCOME_TOPIC] as const)('of %s are missed', (topic) => {
    expect(kinds(without(topic))).toEqual(['missingEvent']);
  });

  it('are excused only where Redis lost its data at that moment', () => {
    expect(kinds({ ...without(ATTEMPT_TOPIC), lossesAt: [2_050] })).toEqual(['missingEvent, excused']);
    expect(kinds({ ...without(ATTEMPT_TOPIC), lossesAt: [9_000] })).toEqual(['missingEvent']);
    expect(kinds({ ...without(CHECK_TOPIC), lossesAt: [5_100] })).toEqual(['missingEvent, excused']);
    // a request is in Kafka before the 202
    expect(kinds({ ...without(REQUEST_TOPIC), lossesAt: [START] })).toEqual(['missingEvent']);
  });
});
