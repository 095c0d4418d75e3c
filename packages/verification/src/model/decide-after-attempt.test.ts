import { describe, expect, test } from 'vitest';
import { attemptOf, verificationOf } from '../states-for-tests.ts';
import { decideAfterAttempt, decideAfterTakeover, type AttemptResult, type Following } from './decide-after-attempt.ts';
import type { Attempt } from './state.ts';

const accepted: AttemptResult = { state: 'accepted' };
const rejected: AttemptResult = { state: 'rejected', error: 'throttled' };
const invalid: AttemptResult = { state: 'rejected', error: 'invalid_number' };
const optedOut: AttemptResult = { state: 'rejected', error: 'opt_out' };
const unknown: AttemptResult = { state: 'unknown', error: 'timeout' };

const wasUnknown = { state: 'unknown', send: 2 } as const;
const wasUnknownBefore = { state: 'unknown', send: 1 } as const;
const wasRejected = { state: 'rejected', send: 2 } as const;
const wasRevised = { state: 'accepted', send: 2, takenOver: true } as const;
const inAnotherStep = { state: 'unknown', send: 1, step: 0 } as const;

/** Attempts before this one, of send 2 in step 1. */
function stateAfter(attempts: readonly Partial<Attempt>[]) {
  const before = attempts.map((each) => attemptOf({ step: 1, ...each }));
  return verificationOf({ status: 'pending', step: 1, send: 2, sendState: 'open', attempts: before });
}

describe('what follows an attempt', () => {
  const cases: [string, readonly Partial<Attempt>[], AttemptResult, boolean, number | undefined, Following][] = [
    ['accepted closes the send', [], accepted, true, 100, { next: 'accepted' }],
    ['a rejection goes on to the next provider', [], rejected, true, undefined, { next: 'continue' }],
    ['… also after an unknown result', [wasUnknown], rejected, true, undefined, { next: 'continue' }],
    [
      'without another provider the queue tries again',
      [wasRejected],
      rejected,
      false,
      100,
      { next: 'backoff', delayMs: 100 },
    ],
    ['without a delay the send has failed', [wasRejected], rejected, false, undefined, { next: 'failed' }],
    ['what may have gone out is not tried again later', [wasUnknown], rejected, false, 100, { next: 'unknown' }],
    ['… nor what a revision found accepted', [wasRevised], rejected, false, 100, { next: 'unknown' }],
    [
      'an earlier send that may have gone out does not hinder',
      [wasUnknownBefore],
      rejected,
      false,
      100,
      { next: 'backoff', delayMs: 100 },
    ],
    ['an invalid number is invalid for every provider', [], invalid, true, 100, { next: 'failed' }],
    ['who has opted out is not asked by another provider', [], optedOut, true, 100, { next: 'failed' }],
    ['… but what may have gone out before may arrive', [wasUnknown], invalid, true, 100, { next: 'unknown' }],
    ['one unknown result in a step is worth one more provider', [], unknown, true, undefined, { next: 'continue' }],
    ['… and no repeat by the queue', [], unknown, false, 100, { next: 'unknown' }],
    ['after a second one the deadline of the step decides', [wasUnknown], unknown, true, 100, { next: 'unknown' }],
    [
      '… also when the first was in an earlier send of the step',
      [wasUnknownBefore],
      unknown,
      true,
      100,
      { next: 'unknown' },
    ],
    ['unknown results of another step do not count', [inAnotherStep], unknown, true, 100, { next: 'continue' }],
  ];
  test.each(cases)('%s', (_, before, result, another, backoff, expected) => {
    expect(decideAfterAttempt(stateAfter(before), result, another, backoff)).toEqual(expected);
  });
});

describe('what follows a takeover', () => {
  const vanished = { state: 'submitting', send: 2 } as const;

  test('the send goes on once', () => {
    expect(decideAfterTakeover(stateAfter([vanished]))).toEqual({ next: 'continue' });
  });
  test('after a second unknown result the deadline of the step decides', () => {
    expect(decideAfterTakeover(stateAfter([wasUnknown, vanished]))).toEqual({ next: 'unknown' });
  });
});
