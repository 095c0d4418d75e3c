import { randomInt } from 'node:crypto';
import { BaseError } from '@watchword/contracts';

/** Four digits is the shortest that 5 checks leave at 1 : 2,000; ten is the longest that people copy. */
const CODE_LENGTH_MIN = 4;
/** What a person can type; ten digits still fit a 64-bit draw without bias. */
const CODE_LENGTH_MAX = 10;

export interface CodeFormat {
  length: number;
  alphabet?: 'numeric';
}

/** An unbiased integer in [0, max), max at most 2^48. */
export type RandomInteger = (max: number) => number;

/**
 * A code, evenly distributed over all codes of its length (leading zeros included). `randomInt` draws from the system's
 * CSPRNG and rejects rather than folds, so there is no modulo bias (NIST SP 800-63B-4, ASVS 6.5.3).
 *
 * @throws BaseError `OTP_CONFIG_INVALID` for a length outside 4-10
 */
export function generateCode(format: CodeFormat, random: RandomInteger = (max) => randomInt(max)): string {
  const { length } = format;
  if (!Number.isInteger(length) || length < CODE_LENGTH_MIN || length > CODE_LENGTH_MAX) {
    throw new BaseError('OTP_CONFIG_INVALID', `a code has ${CODE_LENGTH_MIN} to ${CODE_LENGTH_MAX} digits`, {
      retry: false,
    });
  }
  return random(10 ** length)
    .toString()
    .padStart(length, '0');
}
