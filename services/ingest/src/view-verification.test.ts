import { expect, test } from 'vitest';
import { DELIVERED, ID, LOST, verificationWith } from './verification-for-tests.ts';
import { viewVerification } from './view-verification.ts';

test('attempts that were lost with the state are not shown, and the others keep their ids', () => {
  const view = viewVerification(verificationWith([LOST, DELIVERED, LOST, { ...DELIVERED, provider: 'two' }]));
  expect(view.attempts.map(({ id, provider, channel }) => [id, provider, channel])).toEqual([
    [`${ID}.2`, 'one', 'sms'],
    [`${ID}.4`, 'two', 'sms'],
  ]);
});

test('a view shows no tag, no lookup and no sealed address', () => {
  const state = verificationWith([DELIVERED]);
  const secret = { ...state, lookup: 'k1.SECRET', request: { sealed: 'SECRET' } as never, tags: { 2: 'p1.SECRET' } };
  expect(JSON.stringify(viewVerification(secret))).not.toContain('SECRET');
});
