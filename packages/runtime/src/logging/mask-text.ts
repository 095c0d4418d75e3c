/**
 * Masks addresses inside free text. It errs on the side of masking: eight digits in a row may be a number, and a log
 * line that hides an offset is cheaper than one that shows a person.
 */

/** These may hold long runs of digits and must stay readable: our ids, UUIDs, ISO times. */
const KEPT = [
  'vf_1[a-z][0-9a-f]{2}[a-z2-7]{26}(?:\\.[0-9]{1,4})?',
  '\\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\\b',
  '\\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})',
];
/** Not a package's scope in a stack's paths. A local part has 64 characters at most; the bound keeps a long line without blanks from costing its square. */
const EMAIL = '[^\\s"<>@,;:()\\[\\]]{1,255}(?<!/node_modules/)(?:@|%40)[^\\s"<>@,;:()\\[\\]/?&#\'`=]+';
/** With a sign that makes it a number in international form; people write it with blanks, dots, brackets and hyphens. */
const INTERNATIONAL = '(?:\\+|%2[Bb])[0-9](?:[ ().-]{0,2}[0-9]){5,}';
/** Without one: only where no letter stands beside, as in a hash. */
const BARE_DIGITS = '(?<![A-Za-z0-9_])(?<![0-9]\\.)[0-9]{8,}(?![A-Za-z0-9_])';
/** A code that a sentence calls one. */
const SPOKEN_CODE = '\\b(?:otp|passcode|pin|code)\\b[^0-9A-Za-z\\n]{1,3}(?:is )?[0-9]{4,10}\\b';

const SENSITIVE = new RegExp(
  `(?<kept>${KEPT.join('|')})|(?<email>${EMAIL})|(?<number>${INTERNATIONAL}|${BARE_DIGITS})|(?<code>${SPOKEN_CODE})`,
  'giu',
);
/** Without one of these there is nothing to mask. */
const SUSPECT = /@|%40|[0-9](?:[ ().-]{0,2}[0-9]){3}/i;

/** The text with every number, mail address and spoken code masked: `+49*******12`, `a***@example.com`. */
export function maskText(text: string): string {
  if (!SUSPECT.test(text)) return text;
  return text.replaceAll(SENSITIVE, (match: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Partial<Record<'kept' | 'email' | 'number' | 'code', string>>;
    if (groups.kept !== undefined) return match;
    if (groups.email !== undefined) return maskEmail(match);
    if (groups.number !== undefined) return maskNumber(match);
    return match.replace(/[0-9]{4,10}$/, '******');
  });
}

/** `+49*******12`. The number of stars tells nothing about the length. */
function maskNumber(number: string): string {
  const digits = number.replace(/%2[Bb]/, '+').replaceAll(/[^0-9+]/g, '');
  const head = digits.startsWith('+') ? digits.slice(0, 3) : digits.slice(0, 2);
  return `${head}*******${digits.slice(-2)}`;
}

/** `a***@example.com`. */
function maskEmail(address: string): string {
  const at = address.search(/@|%40/);
  return `${at > 1 ? address.charAt(0) : ''}***${address.slice(at)}`;
}
