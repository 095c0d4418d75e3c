import { describe, expect, it } from 'vitest';
import { generateCode } from './generate-code.ts';

describe('generateCode', () => {
  it('gives as many digits as asked, leading zeros included', () => {
    for (let length = 4; length <= 10; length++) {
      expect(generateCode({ length })).toMatch(new RegExp(`^[0-9]{${length}}$`));
      expect(generateCode({ length }, () => 7)).toBe('7'.padStart(length, '0'));
    }
  });

  it('draws once from all the codes of the length', () => {
    const asked: number[] = [];
    generateCode({ length: 6 }, (max) => (asked.push(max), max - 1));
    expect(asked).toEqual([1_000_000]);
  });

  it('refuses other lengths', () => {
    for (const length of [0, 3, 11, 6.5, Number.NaN]) {
      expect(() => generateCode({ length })).toThrow(expect.objectContaining({ code: 'OTP_CONFIG_INVALID' }));
    }
  });

  it('spreads its digits evenly (chi-squared, 40,000 digits, p < 1e-9)', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 4000; n++) for (const digit of generateCode({ length: 10 })) counts[Number(digit)]! += 1;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 4000) ** 2 / 4000, 0);
    expect(chiSquared).toBeLessThan(60);
  });
});
