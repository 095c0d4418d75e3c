import type { SubmitResult } from '@watchword/providers';
import { expect, it } from 'vitest';
import { judgeAnswer } from './judge-answer.ts';

const IN_TIME = { timeoutMs: 5_000, budgetMs: 8_000, tookMs: 5_002 };
const rejected = (error: 'timeout' | 'unknown' | 'account' | 'throttled' | 'invalid_number'): SubmitResult => ({
  outcome: 'rejected',
  error,
  retry: true,
});
const SILENCE: SubmitResult = { outcome: 'unknown', error: 'timeout' };

it.each<[string, SubmitResult, string]>([
  ['an accepted message', { outcome: 'accepted', providerMessageId: '1' }, 'answered'],
  ['a refused number', rejected('invalid_number'), 'answered'],
  ['a request to slow down', rejected('throttled'), 'answered'],
  ['a refused account', rejected('account'), 'failed'],
  ['a refused connection', rejected('unknown'), 'failed'],
  ['a lost answer', { outcome: 'unknown', error: 'unknown' }, 'failed'],
  ['silence', SILENCE, 'failed'],
])('%s', (_, result, expected) => {
  expect(judgeAnswer(result, IN_TIME)).toBe(expected);
});

it.each([
  ['to a call that had the job’s last second', { budgetMs: 1_000, tookMs: 1_001 }, 'nothing'],
  ['where the time-out is all of the job’s time', { timeoutMs: 8_000, budgetMs: 7_990, tookMs: 7_992 }, 'failed'],
  ['while this process stood still', { tookMs: 9_000 }, 'nothing'],
])('silence %s', (_, time, expected) => {
  expect(judgeAnswer(SILENCE, { ...IN_TIME, ...time })).toBe(expected);
});
