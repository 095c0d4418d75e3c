import { createRouter, NO_SCORES, type RouteControl } from '@watchword/routing';
import type { Attempt, Verification } from '@watchword/verification';
import { attemptOf } from '@watchword/verification/states-for-tests';
import { expect, it } from 'vitest';
import { createChooser } from './choose-provider.ts';

const attempt = (provider: string, given: Partial<Attempt>): Attempt =>
  attemptOf({ provider, state: 'rejected', ...given });
const state = (attempts: Attempt[], send = 1): Verification =>
  ({ tenant: 'demo', channel: 'sms', step: 0, send, attempts }) as unknown as Verification;

interface Given {
  attempts?: Attempt[];
  send?: number;
  tried?: string[];
  full?: string[];
  open?: string[];
  probe?: string[];
  mayProbe?: boolean;
  spent?: string[];
  barred?: string[];
  control?: RouteControl;
}

function choose(given: Given): string {
  const chooser = createChooser({
    router: createRouter(() => NO_SCORES),
    terms: () => ({
      candidates: [
        { provider: 'north', priority: 10 },
        { provider: 'south', priority: 20 },
      ],
      excluded: (given.barred ?? []).map((provider) => ({ provider, reason: 'residency' })),
      control: given.control,
    }),
    inFlight: { isFull: (provider) => given.full?.includes(provider) ?? false },
    throughput: { isSpent: (provider) => given.spent?.includes(provider) ?? false },
    breakers: {
      admits({ provider }) {
        if (given.open?.includes(provider)) return 'no';
        return given.probe?.includes(provider) ? 'probe' : 'call';
      },
    },
    onNobody: () => undefined,
    random: () => 0,
  });
  const to = { country: 'DE', operator: '' };
  const choice = chooser.choose(state(given.attempts ?? [], given.send), to, given.tried ?? [], given.mayProbe);
  if (choice.outcome === 'full') return `full ${choice.retryMs}`;
  if (choice.outcome !== 'chosen') return choice.outcome;
  return choice.probe ? `${choice.provider} on probe` : choice.provider;
}

it.each([
  ['the first by priority', {}, 'north'],
  ['another one within the job', { tried: ['north'] }, 'south'],
  ['nobody twice within the job', { tried: ['north', 'south'] }, 'none'],
  ['another one while the first is full', { full: ['north'] }, 'south'],
  ['nobody for now while all are full', { full: ['north', 'south'] }, 'full 250'],
  ['another one while the first has used up its messages a second', { spent: ['north'] }, 'south'],
  ['nobody for now while all have', { spent: ['north', 'south'] }, 'full 1000'],
  [
    'nobody for now while one is full and the other may not deliver',
    { full: ['north'], barred: ['south'] },
    'full 250',
  ],
  ['nobody where none may deliver, however busy they are', { full: ['north'], barred: ['north', 'south'] }, 'none'],
  ['whom an operator has pinned', { control: { pin: 'south' } }, 'south'],
  [
    'another one while the pinned one is full: no send is lost',
    { control: { pin: 'south' }, full: ['south'] },
    'north',
  ],
  ['another one where the pinned one was tried', { control: { pin: 'south' }, tried: ['south'] }, 'north'],
  ['another one where the pinned one may not deliver', { control: { pin: 'south' }, barred: ['south'] }, 'north'],
  ['nobody where everybody is drained', { control: { drained: ['north', 'south'] } }, 'none'],
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
  ['another one while the breaker is open', { open: ['north'] }, 'south'],
  ['one whose breaker is open rather than nobody', { open: ['north', 'south'] }, 'north'],
  [
    'one whose breaker is open rather than nobody, once the other was tried',
    { open: ['north'], tried: ['south'] },
    'north',
  ],
  ['nobody for now while who is well is full', { open: ['north'], full: ['south'] }, 'full 250'],
  ['nobody for now while who is left is full', { open: ['north'], full: ['north'], tried: ['south'] }, 'full 250'],
  ['one whose breaker is half-open, to try it', { probe: ['south'] }, 'south on probe'],
  ['nobody to try who is full', { probe: ['south'], full: ['south'] }, 'north'],
  [
    'the next one to try where the first may not deliver',
    { probe: ['north', 'south'], barred: ['north'] },
    'south on probe',
  ],
  ['nobody to try where somebody else is pinned', { probe: ['south'], control: { pin: 'north' } }, 'north'],
  ['another one where somebody else tries', { probe: ['north'], mayProbe: false }, 'south'],
  ['nobody to try things with who has been failed', { probe: ['north'], tried: ['south'] }, 'north'],
  [
    'nobody to try things with for a resend',
    { probe: ['south'], attempts: [attempt('north', { state: 'accepted' })], send: 2 },
    'north',
  ],
])('chooses %s', (_, given, expected) => {
  expect(choose(given)).toBe(expected);
});
