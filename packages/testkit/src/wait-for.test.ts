import { expect, test } from 'vitest';
import { waitFor } from './wait-for.ts';

test('it returns the first answer that is something', async () => {
  const answers = [undefined, null, false, 'ready'];
  expect(await waitFor(() => answers.shift(), { timeoutMs: 5_000, intervalMs: 1, what: 'an answer' })).toBe('ready');
});

test('zero and the empty text are answers', async () => {
  expect(await waitFor(() => 0, { timeoutMs: 0, what: 'a number' })).toBe(0);
  expect(await waitFor(() => '', { timeoutMs: 0, what: 'a text' })).toBe('');
});

test('a deadline that passes is an error that says what was waited for, and what stood in the way', async () => {
  const cause = new Error('connection refused');
  const waiting = waitFor(() => Promise.reject(cause), { timeoutMs: 5, intervalMs: 1, what: 'Redis' });
  await expect(waiting).rejects.toMatchObject({ message: 'Waited 5 ms for Redis', cause });
});
