import { describe, expect, it } from 'vitest';
import { maskAddress, normaliseAddress } from './address.ts';

describe('an address', () => {
  it.each([
    ['4915112345678', '+4915112345678'],
    ['+4915112345678', '+4915112345678'],
    [' 4915112345678', '+4915112345678'],
    ['Ada@Example.com', 'ada@example.com'],
    ['ada otp@example.com', 'ada+otp@example.com'],
  ])('%j is %s', (raw, address) => {
    expect(normaliseAddress(raw)).toBe(address);
  });

  it('is shortened for logs', () => {
    expect(maskAddress('+4915112345678')).toBe('+491…78');
    expect(maskAddress('ada@example.com')).toBe('…@example.com');
  });
});
