import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideNext, type Decision, type StepPlan, type Trigger } from './decide-next.ts';
import { DURATIONS } from './durations.ts';
import { isLive, type Attempt, type Verification } from './state.ts';
import { anyVerification } from '../../test/states.ts';
import { attemptOf, verificationOf } from '../states-for-tests.ts';

const NOW = 1_000_000;
const WORKFLOW = [
  { channel: 'sms', timeoutMs: 60_000 },
  { channel: 'voice', timeoutMs: 45_000 },
] as const;

/** A verification whose send 1 of step 0 is on its way. */
function open(fields: Partial<Verification> = {}): Verification {
  return verificationOf({
    status: 'pending',
    expiresAt: NOW + 500_000,
    steps: WORKFLOW.length,
    send: 1,
    sendState: 'open',
    stepDeadline: NOW + 50_000,
    lease: NOW + 5_000,
    ...fields,
  });
}

/** … whose send was closed, after these attempts. */
function closed(
  sendState: Verification['sendState'],
  attempts: readonly Partial<Attempt>[],
  fields: Partial<Verification> = {},
): Verification {
  return open({ sendState, lease: 0, attempts: attempts.map((each) => attemptOf(each)), ...fields });
}

const onLastStep = { step: 1, channel: 'voice', send: 2, stepDeadline: NOW + 30_000 } as const;
const out = { state: 'accepted', send: 1 } as const;
const undelivered = { ...out, receipt: 'undelivered', receiptError: 'unreachable' } as const;
const lastOut = { state: 'accepted', send: 2, step: 1 } as const;
const lastUndelivered = { ...lastOut, receipt: 'undelivered', receiptError: 'unreachable' } as const;

function decide(state: Verification, trigger: Trigger = 'deadline', refused = false): Decision {
  return decideNext(state, WORKFLOW, { trigger, now: NOW, refused });
}

const startsVoice: Decision = {
  move: 'advance',
  plan: {
    step: 1,
    channel: 'voice',
    send: 2,
    opens: true,
    stepDeadline: NOW + 45_000,
    lease: NOW + DURATIONS.queueLeaseMs,
  },
  commands: [{ channel: 'voice', step: 1, send: 2, n: 1 }],
  charge: true,
};

describe('starts a send', () => {
  const cases: [string, Verification, Decision][] = [
    [
      'an admitted one starts its first step; admission has paid for it',
      verificationOf({ status: 'admitted', expiresAt: NOW + 500_000 }),
      {
        move: 'advance',
        plan: { step: 0, channel: 'sms', send: 1, opens: true, stepDeadline: NOW + 60_000, lease: NOW + 10_000 },
        commands: [{ channel: 'sms', step: 0, send: 1, n: 1 }],
        charge: false,
      },
    ],
    ['a send that nobody took falls back at once', closed('failed', [{ state: 'rejected' }]), startsVoice],
    ['a send without an attempt that nobody took falls back at once', closed('failed', []), startsVoice],
    ['an undelivered receipt falls back at once', closed('accepted', [undelivered]), startsVoice],
    ['silence past the deadline falls back', closed('accepted', [out], { stepDeadline: NOW }), startsVoice],
    [
      'unknown past the deadline falls back',
      closed('unknown', [{ state: 'unknown' }], { stepDeadline: NOW }),
      startsVoice,
    ],
    ['silence past the deadline overtakes a send that no worker has', open({ stepDeadline: NOW }), startsVoice],
    ['asking for the next step starts it', closed('accepted', [out], { asked: 'next' }), startsVoice],
    ['asking for the next step overtakes a send that no worker has', open({ asked: 'next' }), startsVoice],
    [
      'asking for a resend sends on the same step',
      closed('accepted', [out], { asked: 'resend' }),
      {
        move: 'advance',
        plan: { step: 0, channel: 'sms', send: 2, opens: true, stepDeadline: NOW + 60_000, lease: NOW + 10_000 },
        commands: [{ channel: 'sms', step: 0, send: 2, n: 1 }],
        charge: true,
      },
    ],
    [
      'an undelivered receipt on the last step is worth one more send',
      closed('accepted', [out, lastUndelivered], onLastStep),
      {
        move: 'advance',
        plan: { step: 1, channel: 'voice', send: 3, opens: true, stepDeadline: NOW + 45_000, lease: NOW + 10_000 },
        commands: [{ channel: 'voice', step: 1, send: 3, n: 1 }],
        charge: true,
      },
    ],
  ];
  test.each(cases)('%s', (_, state, expected) => {
    expect(decide(state)).toEqual(expected);
  });

  test('a step ends with the life at the latest', () => {
    const decision = decide(closed('failed', [], { expiresAt: NOW + 1_000 }));
    expect(decision).toMatchObject({ plan: { stepDeadline: NOW + 1_000 } });
  });
});

describe('does nothing', () => {
  const cases: [string, Verification, Trigger?][] = [
    ['after the end', open({ status: 'approved' })],
    [
      'after the end while a provider has an attempt',
      open({ status: 'approved', attempts: [attemptOf({ state: 'submitting', claimedAt: NOW - 14_999 })] }),
    ],
    [
      'while a provider has an attempt',
      open({ attempts: [attemptOf({ state: 'submitting', claimedAt: NOW - 14_999 })] }),
    ],
    [
      'while a provider has an attempt, whatever was asked',
      open({ asked: 'next', attempts: [attemptOf({ state: 'submitting', claimedAt: NOW })] }),
    ],
    ['while a send is queued and its lease holds', open()],
    ['while a send is queued past the deadline of the last step', open({ ...onLastStep, stepDeadline: NOW - 1 })],
    ['on a repeated request whose command was carried out', open({ command: '' }), 'request'],
    ['before the deadline of a step that was accepted', closed('accepted', [out])],
    ['while one of two attempts may still arrive', closed('accepted', [{ ...undelivered, state: 'unknown' }, out])],
    [
      'on the last step when a receipt says twice that it failed',
      closed('accepted', [lastUndelivered, { ...lastUndelivered, send: 3 }], { ...onLastStep, send: 3 }),
    ],
    [
      'on the last step when the fault is the recipient’s',
      closed('accepted', [{ ...lastUndelivered, receiptError: 'opt_out' }], onLastStep),
    ],
    ['once the last step is over', closed('accepted', [lastOut], { ...onLastStep, stepDeadline: 0 })],
    [
      'when the last send failed but an earlier code may still be typed',
      closed('failed', [out], { ...onLastStep, stepDeadline: 0 }),
    ],
  ];
  test.each(cases)('%s', (_, state, trigger) => {
    expect(decide(state, trigger)).toEqual({ move: 'none' });
  });
});

describe('carries out again', () => {
  const again = (n: number) => ({
    move: 'advance',
    plan: { step: 0, channel: 'sms', send: 1, opens: false, stepDeadline: NOW + 50_000, lease: NOW + 10_000 },
    commands: [{ channel: 'sms', step: 0, send: 1, n }],
    charge: false,
  });

  test('a send that no worker claimed in time, under the same job id', () => {
    expect(decide(open({ lease: NOW, command: '1-1' }))).toEqual(again(1));
  });
  test('a command that a repeated request finds not carried out', () => {
    expect(decide(open({ command: '1-1' }), 'request')).toEqual(again(1));
  });
  test('a send that goes on after a takeover, under the next job id', () => {
    const attempts = [attemptOf({ state: 'unknown', takenOver: true, send: 1 })];
    expect(decide(open({ attempts }), 'takeover')).toEqual(again(2));
  });
  test('only takeovers of this send count for its job id', () => {
    const attempts = [
      attemptOf({ state: 'unknown', takenOver: true, send: 7 }),
      attemptOf({ state: 'rejected', send: 1 }),
    ];
    expect(decide(open({ attempts, lease: NOW }))).toEqual(again(1));
  });
});

describe('takes over', () => {
  test('an attempt that is submitting for 15 s', () => {
    const attempts = [attemptOf({ state: 'rejected' }), attemptOf({ state: 'submitting', claimedAt: NOW - 15_000 })];
    expect(decide(open({ attempts }))).toEqual({ move: 'takeOver', k: 2 });
  });
  test.each(['approved', 'failed', 'canceled', 'expired', 'undeliverable'] as const)(
    'also after the end (%s), since its code may be the one that was typed',
    (status) => {
      const attempts = [attemptOf({ state: 'submitting', claimedAt: NOW - 15_000 })];
      const ended = open({
        status,
        expiresAt: NOW - 1,
        attempts,
        asked: 'next',
        sendState: 'none',
        request: undefined,
      });
      expect(decide(ended)).toEqual({ move: 'takeOver', k: 1 });
    },
  );
  test('also behind attempts that a restored record took in', () => {
    const attempts = [attemptOf({ state: 'submitting', claimedAt: NOW - 15_000 }), attemptOf({ state: 'accepted' })];
    expect(decide(open({ attempts }))).toEqual({ move: 'takeOver', k: 1 });
  });
});

describe('ends', () => {
  test('at the end of its life', () => {
    expect(decide(open({ expiresAt: NOW }))).toEqual({ move: 'expire' });
    expect(decide(verificationOf({ status: 'admitted', expiresAt: NOW }))).toEqual({ move: 'expire' });
  });
  test('when every attempt was refused: nobody can have a code', () => {
    expect(decide(closed('failed', [{ state: 'rejected' }], onLastStep))).toEqual({ move: 'fail' });
  });
  test('never while an earlier text is only said not to have arrived', () => {
    const state = closed('failed', [undelivered, { state: 'rejected', send: 2, step: 1 }], onLastStep);
    expect(decide(state)).toEqual({ move: 'none' });
  });
  test('never by a receipt alone', () => {
    const state = closed('accepted', [undelivered, { ...lastUndelivered, receiptError: 'invalid_number' }], onLastStep);
    expect(decide(state)).toEqual({ move: 'none' });
    expect(decide({ ...state, stepDeadline: NOW })).toMatchObject({ move: 'advance', commands: [] });
  });
});

describe('where the limits of the recipient refuse', () => {
  test('a fallback from a send that nobody took ends it', () => {
    expect(decide(closed('failed', [{ state: 'rejected' }]), 'deadline', true)).toEqual({ move: 'fail' });
  });
  test('a fallback by silence leaves the codes alone and takes the deadline away', () => {
    expect(decide(closed('accepted', [out], { stepDeadline: NOW }), 'deadline', true)).toEqual({
      move: 'advance',
      plan: { step: 0, channel: 'sms', send: 1, opens: false, stepDeadline: 0, lease: 0 },
      commands: [],
      charge: false,
    });
  });
  test.each(['next', 'resend'] as const)('what was asked (%s) is struck off', (asked) => {
    expect(decide(closed('accepted', [out], { asked }), 'deadline', true)).toMatchObject({
      move: 'advance',
      plan: { opens: false, stepDeadline: NOW + 50_000 },
      commands: [],
    });
  });
});

/** What is wrong with a decision, whatever the state. */
function faultsOf(
  state: Verification,
  workflow: readonly StepPlan[],
  { now, refused }: { now: number; refused: boolean },
  decision: Decision,
): string[] {
  const live = isLive(state);
  if (decision.move === 'takeOver') {
    return state.attempts[decision.k - 1]?.state === 'submitting' ? [] : ['takes over what no worker has'];
  }
  if (decision.move !== 'advance') {
    return live || decision.move === 'none' ? [] : ['moves an ended one'];
  }
  const { plan, commands, charge } = decision;
  const [command] = commands;
  const opens = { channel: plan.channel, step: plan.step, send: state.send + 1, n: 1 };
  const rules: Record<string, boolean> = {
    'moves an ended one': live && state.expiresAt > now,
    'moves while an attempt is with a provider': state.attempts.every((attempt) => attempt.state !== 'submitting'),
    'more than one command': commands.length <= 1,
    'leaves a command without a lease': command === undefined || plan.lease > now,
    'goes elsewhere than this step or the next': plan.step === state.step || plan.step === state.step + 1,
    ...(plan.opens && {
      'starts a send while one is open':
        state.sendState !== 'open' || state.asked === 'next' || (state.stepDeadline <= now && plan.step > state.step),
      'does not count the send': plan.send === state.send + 1,
      'does not queue what it opens': isDeepStrictEqual(command, opens),
      'takes another channel than the step': plan.channel === workflow[plan.step]?.channel,
      'lets a step outlive the life': plan.stepDeadline <= state.expiresAt,
      'starts for nothing': charge === (state.status !== 'admitted'),
      'starts what the limits refuse': !refused || state.status === 'admitted',
    }),
    ...(!plan.opens && {
      'moves on without a send': plan.step === state.step && plan.send === state.send && plan.channel === state.channel,
      'charges for nothing': !charge,
      'puts a deadline off': plan.stepDeadline === state.stepDeadline || plan.stepDeadline === 0,
      'queues a send that is closed': command === undefined || state.sendState === 'open',
    }),
  };
  return Object.keys(rules).filter((fault) => !rules[fault]);
}

describe('on any state', () => {
  const triggers = fc.constantFrom<Trigger>('request', 'receipt', 'deadline', 'takeover');
  const events = fc.record({ trigger: triggers, now: fc.nat(200), refused: fc.boolean() });
  const workflows = fc.array(fc.record({ channel: fc.constantFrom('sms', 'voice', 'email'), timeoutMs: fc.nat(100) }), {
    minLength: 1,
    maxLength: 4,
  });
  const cases = workflows.chain((workflow) =>
    fc.record({ workflow: fc.constant(workflow), state: anyVerification(workflow.length), event: events }),
  );

  test('moves only forward, one send at a time, within the life, and after the end only takes over', () => {
    fc.assert(
      fc.property(cases, ({ workflow, state, event }) => {
        const decision = decideNext(state, workflow, event, {
          ...DURATIONS,
          admittedMs: 5,
          queueLeaseMs: 5,
          submitLeaseMs: 8,
        });
        expect(faultsOf(state, workflow, event, decision)).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
  });

  test('a move that starts nothing is not decided a second time', () => {
    fc.assert(
      fc.property(cases, ({ workflow, state, event }) => {
        const decision = decideNext(state, workflow, event);
        if (decision.move !== 'advance' || decision.plan.opens || decision.commands.length > 0) return;
        const { stepDeadline, lease } = decision.plan;
        const after: Verification = { ...state, stepDeadline, lease, command: '', asked: '' };
        expect(decideNext(after, workflow, event)).toEqual({ move: 'none' });
      }),
      { numRuns: 5_000 },
    );
  });

  test('the arbitrary states are worth it: every move is among them', () => {
    const moves = new Set(
      fc
        .sample(cases, { numRuns: 3_000, seed: 7 })
        .map(
          ({ workflow, state, event }) => decideNext(state, workflow, event, { ...DURATIONS, submitLeaseMs: 8 }).move,
        ),
    );
    expect([...moves].sort()).toEqual(['advance', 'expire', 'fail', 'none', 'takeOver']);
  });
});
