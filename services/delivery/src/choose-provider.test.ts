import { createRouter, NO_SCORES } from '@watchword/routing';
import type { Attempt, Verification } from '@watchword/verification';
import { expect, it } from 'vitest';
import { createChooser } from './choose-provider.ts';

const attempt = (provider: string, given: Partial<Attempt>): Attempt => ({
  provider,
  channel: 'sms',
  country: 'DE',
  operator: '',
  step: 0,
  send: 1,
  generation: 1,
  claimedAt: 0,
  state: 'rejected',
  settledAt: 0,
  error: '',
  receipt: '',
  receiptError: '',
  receiptAt: 0,
  takenOver: false,
  ...given,
});
const state = (attempts: Attempt[], send = 1): Verification =>
  ({ tenant: 'demo', channel: 'sms', step: 0, send, attempts }) as unknown as Verification;

function choose(given: { attempts?: Attempt[]; send?: number; tried?: string[]; full?: string[] }): string {
  const chooser = createChooser({
    router: createRouter(() => NO_SCORES),
    candidates: () => [
      { provider: 'north', priority: 10 },
      { provider: 'south', priority: 20 },
    ],
    inFlight: { isFull: (provider) => given.full?.includes(provider) ?? false, take: () => () => undefined },
    random: () => 0,
  });
  const to = { country: 'DE', operator: '' };
  const choice = chooser.choose(state(given.attempts ?? [], given.send), to, given.tried ?? []);
  return choice.outcome === 'chosen' ? choice.provider : choice.outcome;
}

it.each([
  ['the first by priority', {}, 'north'],
  ['another one within the job', { tried: ['north'] }, 'south'],
  ['nobody twice within the job', { tried: ['north', 'south'] }, 'none'],
  ['another one while the first is full', { full: ['north'] }, 'south'],
  ['nobody for now while all are full', { full: ['north', 'south'] }, 'full'],
  [
    'the same one after a passing fault, in a later run',
    { attempts: [attempt('north', { error: 'throttled' })] },
    'north',
  ],
  ['another one after a lasting fault', { attempts: [attempt('north', { error: 'account' })] }, 'south'],
  ['never one whose result is unknown in this send', { attempts: [attempt('north', { state: 'unknown' })] }, 'south'],
  [
    'one whose result was unknown in a former send, when somebody asks again',
    { attempts: [attempt('north', { state: 'unknown' }), attempt('south', { state: 'unknown' })], send: 2 },
    'north',
  ],
  ['another one for a resend', { attempts: [attempt('north', { state: 'accepted' })], send: 2 }, 'south'],
  [
    'one that was used before, when all were',
    { attempts: [attempt('north', { state: 'accepted' }), attempt('south', { state: 'accepted', send: 2 })], send: 3 },
    'north',
  ],
])('chooses %s', (_, given, expected) => {
  expect(choose(given)).toBe(expected);
});
