import { describe, expect, it } from 'vitest';
import { type Behaviour, type BehaviourPatch, parseBehaviour } from './behaviour.ts';
import { type CallFate, type CallOrder, decideCall } from './call-fate.ts';
import { createRandom } from './random.ts';

const ORDER: CallOrder = {
  to: '+4915112345678',
  ringingTimerS: 30,
  lengthTimerS: 60,
  speechS: 12,
  detection: 'none',
};

function behave(patch: BehaviourPatch): Behaviour {
  const latency = { kind: 'fixed', median_ms: 1000, spread: 0 } as const;
  const parsed = parseBehaviour({ latency, ...patch }, 'vonage');
  if (parsed.outcome !== 'valid') throw new Error(JSON.stringify(parsed.errors));
  return parsed.behaviour;
}

const decide = (patch: BehaviourPatch, order: Partial<CallOrder> = {}): CallFate =>
  decideCall(behave(patch), { ...ORDER, ...order }, createRandom(1));
const told = (fate: CallFate): string[] =>
  fate.receipts.map(({ status, detail }) => (detail ? `${status}/${detail}` : status));

describe('the fate of a call', () => {
  it('is to ring, be answered and heard, and to end when all is said', () => {
    const fate = decide({ voice: { time_scale: 0.5 } });
    expect(fate).toMatchObject({ answer: 'accepted', heardAtMs: 1000, heardShare: 1 });
    expect(fate.receipts).toEqual([
      { atMs: 0, status: 'started' },
      { atMs: 300, status: 'ringing' },
      { atMs: 1000, status: 'answered' },
      { atMs: 7000, status: 'completed', durationS: 12 },
    ]);
  });

  it.each([
    ['busy', ['started', 'ringing', 'busy']],
    ['unanswered', ['started', 'ringing', 'unanswered/timeout']],
    ['machine', ['started', 'ringing', 'answered', 'completed']],
    ['rejected', ['started', 'rejected/declined']],
    ['failed', ['started', 'failed/cannot_route']],
  ] as const)('that is %s is heard by nobody', (ending, events) => {
    const fate = decide({ voice: { [ending]: 1 } });
    expect(fate.heardAtMs).toBeUndefined();
    expect(told(fate)).toEqual(events);
  });

  it('is to ring out where nobody answers', () => {
    expect(told(decide({ voice: { answer: 0 } }))).toContain('unanswered/timeout');
  });

  it('is to ring out when the ringing timer ends before the phone is picked up', () => {
    const fate = decide(
      { latency: { kind: 'fixed', median_ms: 5000, spread: 0 }, voice: { time_scale: 1 } },
      { ringingTimerS: 3 },
    );
    expect(fate.heardAtMs).toBeUndefined();
    expect(fate.receipts.at(-1)).toMatchObject({ status: 'unanswered', atMs: 3000 });
  });

  it('tells human from machine where the caller asks', () => {
    expect(told(decide({}, { detection: 'continue' }))).toEqual([
      'started',
      'ringing',
      'answered',
      'human',
      'completed',
    ]);
    const machine = decide({ voice: { machine: 1 } }, { detection: 'hangup' });
    expect(told(machine)).toEqual(['started', 'ringing', 'answered', 'machine', 'completed']);
    expect(machine.receipts.at(-1)?.durationS).toBe(3);
  });

  it('is cut when the person hangs up, or the length timer ends', () => {
    expect(decide({ voice: { hang_up_after_s: 3 } })).toMatchObject({ heardShare: 0.25 });
    expect(decide({}, { lengthTimerS: 6 })).toMatchObject({ heardShare: 0.5 });
    expect(decide({ voice: { hang_up_after_s: 3 } }).receipts.at(-1)?.durationS).toBe(3);
  });

  it('to a number that cannot be is told as rejected', () => {
    expect(told(decide({ errors: { invalid_number: 1 } }))).toEqual(['started', 'rejected/invalid_number']);
    expect(told(decide({ errors: { blocked: 1 } }))).toEqual(['started', 'rejected/restricted']);
  });

  it('into a black hole is nothing at all', () => {
    expect(decide({ errors: { black_hole: 1 } })).toMatchObject({ receipts: [], heardAtMs: undefined, sent: false });
  });

  it('without a route for its prefix fails', () => {
    expect(told(decide({ delivery: { by_prefix: { '+49': 0 } } }))).toEqual(['started', 'failed/cannot_route']);
  });

  it('that nobody heard is claimed completed by fake receipts', () => {
    const fate = decide({ voice: { busy: 1 }, receipts: { mode: 'fake' } });
    expect(fate.heardAtMs).toBeUndefined();
    expect(fate.receipts.at(-1)).toMatchObject({ status: 'completed', durationS: 12 });
  });

  it('is the same for the same seed and order', () => {
    const behaviour = behave({ voice: { busy: 0.3, machine: 0.3 }, errors: { hang: 0.2 } });
    const run = (): CallFate[] => {
      const random = createRandom(4, 'x');
      return Array.from({ length: 100 }, () => decideCall(behaviour, ORDER, random));
    };
    expect(run()).toEqual(run());
  });
});
