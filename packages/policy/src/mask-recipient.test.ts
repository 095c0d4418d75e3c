import { describe, expect, it } from 'vitest';
import { maskRecipient } from './mask-recipient.ts';
import { isPurpose } from './purpose.ts';

describe('maskRecipient', () => {
  it.each([
    ['+491701234567', '+49********67'],
    ['+12025550123', '+1********23'],
    ['+29022158', '+290***58'],
    ['+99912345678', '+*********78'],
    ['ann@example.com', 'a***@example.com'],
    ['a@example.com', '***@example.com'],
    ['+a@example.com', '+***@example.com'],
  ])('%s → %s', (value, masked) => {
    expect(maskRecipient(value)).toBe(masked);
  });

  it.each(['', '0170 1234567', '+49 170 1234567', 'ann', '@example.com', 'ann@exam ple', '+4917012345671234567'])(
    'hides all of what is no normalised recipient: %j',
    (value) => {
      expect(maskRecipient(value)).toBe('***');
    },
  );
});

describe('isPurpose', () => {
  it('takes a lower-case letter and up to 31 more', () => {
    for (const text of ['login', 'a', 'card-3ds_2', 'a'.repeat(32)]) expect(isPurpose(text)).toBe(true);
    for (const text of ['', 'Login', '1a', 'a:b', 'a b', 'login\n', 'a'.repeat(33)])
      expect(isPurpose(text)).toBe(false);
  });
});
