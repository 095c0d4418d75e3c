/** What a verification is for ("login", "payment"): part of keys and metrics, so short and plain. */
const PURPOSE_PATTERN = /^[a-z][a-z0-9_-]{0,31}$/;

/** Whether a text may be a purpose: a lower-case letter, then up to 31 of a-z, 0-9, `_` and `-`. */
export function isPurpose(text: string): boolean {
  return PURPOSE_PATTERN.test(text);
}
