/** The code of six digits in a text, a mail or the words of a call, or undefined. */
export function readCode(text: string): string | undefined {
  return /(?<![\d+])(?:\d[\s.,]*){6}(?!\d)/.exec(text)?.[0].replaceAll(/\D/g, '');
}

/** Another code than any of these, of the same length. */
export function wrongCode(codes: readonly string[]): string {
  for (let number = 0; ; number++) {
    const code = String(number).padStart(6, '0');
    if (!codes.includes(code)) return code;
  }
}
