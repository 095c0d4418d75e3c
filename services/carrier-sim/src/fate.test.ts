import { describe, expect, it } from 'vitest';
import { type BehaviourPatch, type Behaviour, ERROR_MODES, parseBehaviour } from './behaviour.ts';
import { decideMessage, deliveryProbability, drawLatency, type MessageFate } from './fate.ts';
import { createRandom } from './random.ts';

const TO = '+4915112345678';
const LONG_MS = 3_600_000;

function behave(patch: BehaviourPatch): Behaviour {
  const parsed = parseBehaviour(patch, 'vonage');
  if (parsed.outcome !== 'valid') throw new Error(JSON.stringify(parsed.errors));
  return parsed.behaviour;
}

const fixed: BehaviourPatch = { latency: { kind: 'fixed', median_ms: 1000, spread: 0 } };
const decide = (patch: BehaviourPatch, to = TO, ttlMs = LONG_MS): MessageFate =>
  decideMessage(behave({ ...fixed, ...patch }), to, ttlMs, createRandom(1));
const told = (fate: MessageFate): [string, number][] => fate.receipts.map(({ status, atMs }) => [status, atMs]);

describe('the fate of a message', () => {
  it('is the same for the same seed and order', () => {
    const behaviour = behave({ delivery: { probability: 0.5 }, errors: { hang: 0.2, reset: 0.2 } });
    const run = (): MessageFate[] => {
      const random = createRandom(42, 'alpha');
      return Array.from({ length: 200 }, () => decideMessage(behaviour, TO, LONG_MS, random));
    };
    expect(run()).toEqual(run());
  });

  it('does not shift when an earlier message met another behaviour', () => {
    const calm = behave({});
    const wild = behave({ errors: { hang: 1 }, receipts: { mode: 'none' } });
    const second = (first: Behaviour): MessageFate => {
      const random = createRandom(42);
      decideMessage(first, TO, LONG_MS, random);
      return decideMessage(calm, TO, LONG_MS, random);
    };
    expect(second(wild)).toEqual(second(calm));
  });

  it('is to arrive, and to be told so in order, by default', () => {
    const fate = decide({});
    expect(fate).toMatchObject({ answer: 'accepted', sent: true, arrivesAtMs: 1000, receiptsFirst: false });
    expect(told(fate)).toEqual([
      ['submitted', 200],
      ['delivered', 1000],
    ]);
  });

  it('meets the error modes as often as they are probable', () => {
    const behaviour = behave({ errors: { http_500: 0.1, hang: 0.2, black_hole: 0.3 } });
    const random = createRandom(5);
    const answers = Array.from({ length: 10_000 }, () => decideMessage(behaviour, TO, LONG_MS, random).answer);
    const share = (answer: string): number => answers.filter((other) => other === answer).length / answers.length;
    expect(share('http_500')).toBeCloseTo(0.1, 1);
    expect(share('hang')).toBeCloseTo(0.2, 1);
    expect(share('black_hole')).toBeCloseTo(0.3, 1);
    expect(share('accepted')).toBeCloseTo(0.4, 1);
  });

  it.each([
    ['http_500', false],
    ['hang', false],
    ['html_200', false],
    ['throttle', false],
    ['black_hole', false],
    ['invalid_number', false],
    ['blocked', false],
    ['accept_then_hang', true],
  ] as const)('after %s has entered the network: %s', (mode, sent) => {
    const fate = decide({ errors: { [mode]: 1 } });
    expect(fate.answer).toBe(mode);
    expect(fate.sent).toBe(sent);
    expect(fate.arrivesAtMs === undefined).toBe(!sent);
  });

  it('after a cut connection is as likely as configured to go out', () => {
    expect(decide({ errors: { reset: 1 }, reset_sends: 1 })).toMatchObject({ sent: true, arrivesAtMs: 1000 });
    expect(decide({ errors: { reset: 1 }, reset_sends: 0 })).toMatchObject({ sent: false, receipts: [] });
  });

  it('of a blocked message is told by the carrier', () => {
    expect(decide({ errors: { blocked: 1 } }).receipts).toEqual([{ atMs: 200, status: 'rejected', errorCode: 1280 }]);
  });

  it('of a number with a mode of its own is that mode', () => {
    const patch: BehaviourPatch = { by_recipient: { [TO]: 'throttle' } };
    expect(decide(patch).answer).toBe('throttle');
    expect(decide(patch, '+4915112345679').answer).toBe('accepted');
    expect(decide(patch, 'constructor').answer).toBe('accepted');
  });

  it('that fails is told with the configured status and code', () => {
    const fate = decide({ delivery: { probability: 0, failure: { status: 'rejected', code: 1210 } } });
    expect(fate.arrivesAtMs).toBeUndefined();
    expect(fate.receipts.at(-1)).toEqual({ atMs: 1000, status: 'rejected', errorCode: 1210 });
  });

  it('is to expire when its time to live ends before it arrives', () => {
    const fate = decide({}, TO, 500);
    expect(fate.arrivesAtMs).toBeUndefined();
    expect(fate.receipts.at(-1)).toEqual({ atMs: 500, status: 'rejected', errorCode: 1360 });
  });

  it('knows every error mode', () => {
    for (const mode of ERROR_MODES) expect(decide({ errors: { [mode]: 1 } }).answer).toBe(mode);
  });
});

describe('receipts', () => {
  const delayMs = 300;
  const mode = (mode: Behaviour['receipts']['mode'], patch: BehaviourPatch = {}): MessageFate =>
    decide({ ...patch, receipts: { mode, delay_ms: delayMs } });

  it('none: nothing is told', () => {
    expect(told(mode('none'))).toEqual([]);
  });

  it('late: everything is told later', () => {
    expect(told(mode('late'))).toEqual([
      ['submitted', 500],
      ['delivered', 1300],
    ]);
  });

  it('duplicate: everything is told twice', () => {
    expect(told(mode('duplicate'))).toEqual([
      ['submitted', 200],
      ['submitted', 500],
      ['delivered', 1000],
      ['delivered', 1300],
    ]);
  });

  it('out_of_order: the end is told before the beginning', () => {
    expect(told(mode('out_of_order'))).toEqual([
      ['delivered', 1000],
      ['submitted', 1300],
    ]);
  });

  it('early: everything is told before the answer', () => {
    expect(mode('early').receiptsFirst).toBe(true);
  });

  it('fake: what does not arrive is claimed delivered', () => {
    const fate = mode('fake', { delivery: { probability: 0 } });
    expect(fate.arrivesAtMs).toBeUndefined();
    expect(fate.receipts.at(-1)?.status).toBe('delivered');
  });

  it('are normal for the share that the mode does not take', () => {
    const behaviour = behave({ ...fixed, receipts: { mode: 'none', probability: 0.3 } });
    const random = createRandom(9);
    const fates = Array.from({ length: 5000 }, () => decideMessage(behaviour, TO, LONG_MS, random));
    expect(fates.filter((fate) => fate.receipts.length === 0).length / 5000).toBeCloseTo(0.3, 1);
  });
});

describe('the delivery probability', () => {
  it('is that of the longest prefix', () => {
    const behaviour = behave({ delivery: { probability: 0.9, by_prefix: { '+49': 0.5, '49151': 0.1 } } });
    expect(deliveryProbability(behaviour, '+4915112345678')).toBe(0.1);
    expect(deliveryProbability(behaviour, '+4917012345678')).toBe(0.5);
    expect(deliveryProbability(behaviour, '+447700900123')).toBe(0.9);
  });
});

describe('latency', () => {
  it('has the configured median', () => {
    const random = createRandom(2);
    const draws = Array.from({ length: 5001 }, () =>
      drawLatency({ kind: 'lognormal', median_ms: 800, spread: 0.5 }, random(), random()),
    ).sort((a, b) => a - b);
    expect(draws[2500]).toBeGreaterThan(760);
    expect(draws[2500]).toBeLessThan(840);
    expect(draws[4750]! / draws[2500]!).toBeGreaterThan(1.9);
  });

  it('stays within its share of a fixed median, and under an hour', () => {
    expect(drawLatency({ kind: 'fixed', median_ms: 1000, spread: 0.1 }, 0, 0)).toBe(900);
    expect(drawLatency({ kind: 'fixed', median_ms: 1000, spread: 0.1 }, 1, 0)).toBe(1100);
    expect(drawLatency({ kind: 'lognormal', median_ms: 3_600_000, spread: 3 }, 0.9, 0)).toBe(3_600_000);
  });
});
