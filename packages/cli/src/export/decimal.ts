const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d+))?$/;
const PLACES = 6;

/**
 * A decimal number in millionths, without the detour by floating point; further digits are cut off. Undefined for what is no
 * decimal number of at most twelve digits before the point: prices in receipts are as vendors write them.
 */
export function toMillionths(text: string): bigint | undefined {
  const [, sign, whole, fraction = ''] = DECIMAL.exec(text.trim()) ?? [];
  if (whole === undefined) return undefined;
  const millionths = BigInt(whole + fraction.slice(0, PLACES).padEnd(PLACES, '0'));
  return sign === '-' ? -millionths : millionths;
}
