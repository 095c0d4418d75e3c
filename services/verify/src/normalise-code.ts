const PLAIN = /^[0-9]+$/;
/** What people, keyboards and copying put between or behind digits: blanks, dashes, full stops, invisible characters. */
const SEPARATORS = /[\s\p{Dash}\p{Cf}.,]/gu;

/**
 * A typed code as it was sent: without separators, in ASCII digits. Many keyboards write the digits of their own script
 * (Arabic-Indic, Devanagari, full-width …).
 */
export function normaliseCode(typed: string): string {
  if (PLAIN.test(typed)) return typed;
  return typed.replaceAll(SEPARATORS, '').replaceAll(/\p{Nd}/gu, toAsciiDigit);
}

/** Unicode's decimal digits come in runs of ten that begin at a code point ending in 0 or 6 (in hexadecimal). */
function toAsciiDigit(digit: string): string {
  const point = digit.codePointAt(0)!;
  const inRow = point % 16;
  const beginsAt6 = inRow >= 6 && !/\p{Nd}/u.test(String.fromCodePoint(point - inRow));
  return String(beginsAt6 ? inRow - 6 : inRow);
}
