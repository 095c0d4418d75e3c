/** Something that was written somewhere, as text. */
export interface Trace {
  where: string;
  text: string;
}

export interface Secrets {
  /** Of six digits. */
  codes: ReadonlySet<string>;
  /** Numbers in E.164 and mail addresses. */
  addresses: ReadonlySet<string>;
}

/** What distinguishes a number whatever is written in front of it: `+49`, `0049`, `0`, nothing. */
const NATIONAL_DIGITS = 11;
/** Random tokens (tags, sealed values, ids) are longer; in them letters beside six digits are chance. */
const RANDOM_TOKEN_LENGTH = 20;

/**
 * Says where codes and full addresses stand. Chance must not look like a find: among a thousand codes every six-digit number
 * is one with a probability of a thousandth. So digits inside longer digits, behind a decimal point, and beside letters in a
 * long random token do not count; six digits that stand for themselves always do.
 */
export function createSecretScanner({ codes, addresses }: Secrets): (traces: Iterable<Trace>) => string[] {
  const mailboxes = new Set([...addresses].filter((each) => each.includes('@')).map((each) => each.toLowerCase()));
  const numbers = new Set(
    [...addresses].filter((each) => !each.includes('@')).map((each) => each.slice(-NATIONAL_DIGITS)),
  );
  const finders = [
    (text: string) =>
      sixDigits(text.replaceAll(NUMBER_FIELDS, ''))
        .filter((digits) => codes.has(digits))
        .map(() => 'a code'),
    (text: string) =>
      mailAddresses(text)
        .filter((each) => mailboxes.has(each))
        .map(() => 'a mail address'),
    (text: string) =>
      digitWindows(text)
        .filter((each) => numbers.has(each))
        .map(() => 'a number'),
  ];
  return (traces) => {
    const found: string[] = [];
    for (const { where, text } of traces) {
      for (const find of finders) for (const what of find(text)) found.push(`${what} in ${where}`);
    }
    return found;
  };
}

/** Fields of ours that are numbers by nature and may have six digits: 120 s for an e-mail, say. */
const NUMBER_FIELDS = /"(?:timeout_ms|cooldown_ms)":\d+/g;

/** Six digits as a code is written: alone, in halves (`123 456`), spoken (`1, 2, 3, 4, 5, 6`), or glued to a word. */
function sixDigits(text: string): string[] {
  const alone = text.matchAll(
    /(?<![A-Za-z0-9])(?<!\d[.,])(?:\d{6}|\d{3}[ -]\d{3}|\d(?:[.,]? \d){5})(?![A-Za-z0-9])(?!\.\d)/g,
  );
  const glued = [...text.matchAll(/(?<![\w-])(?=[\w-]{7,20}(?![\w-]))[\w-]*?(?<![0-9])(\d{6})(?![0-9])/g)];
  return [
    ...[...alone].map(([match]) => match.replaceAll(/\D/g, '')),
    ...glued.filter(([match]) => match.length < RANDOM_TOKEN_LENGTH).map(([, digits]) => digits!),
  ];
}

function mailAddresses(text: string): string[] {
  return [...text.matchAll(/[A-Za-z0-9._+-]+(?:@|%40)[A-Za-z0-9.-]+/g)].map(([match]) =>
    match.replace('%40', '@').toLowerCase(),
  );
}

/** Every run of digits as long as a national number, also where blanks, dots and hyphens stand between. */
function digitWindows(text: string): string[] {
  const runs = text.replaceAll(/(?<=\d)[ ()./-]{1,3}(?=\d)/g, '').match(/\d{11,}/g) ?? [];
  return runs.flatMap((run) =>
    Array.from({ length: run.length - NATIONAL_DIGITS + 1 }, (_, at) => run.slice(at, at + NATIONAL_DIGITS)),
  );
}
