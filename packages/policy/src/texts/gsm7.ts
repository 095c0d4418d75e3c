/** 3GPP TS 23.038 §6.2.1: the default alphabet, and the characters that take two of its places. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENDED = '\f^{}\\[~]|€';
const BASIC_SET: ReadonlySet<string> = new Set(BASIC.split(''));
const EXTENDED_SET: ReadonlySet<string> = new Set(EXTENDED.split(''));

/** What typewriters of today put where GSM-7 has a plain sign. */
const PLAIN_SIGNS: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '…': '...',
  '\u00a0': ' ',
  ç: 'c',
};

/** How many of a message's 160 places a text takes, or undefined where one character makes it UCS-2 (70 places). */
export function gsm7Length(text: string): number | undefined {
  let length = 0;
  for (const character of text) {
    if (BASIC_SET.has(character)) length += 1;
    else if (EXTENDED_SET.has(character)) length += 2;
    else return undefined;
  }
  return length;
}

/**
 * The text with each character outside GSM-7 replaced by its plain relative ("Café Ô" → "Café O"), where there is one; others
 * stay, since a name in another script must not be mangled.
 */
export function toGsm7(text: string): string {
  return Array.from(text.normalize('NFC'), toPlain).join('');
}

function toPlain(character: string): string {
  if (gsm7Length(character) !== undefined) return character;
  const plain = PLAIN_SIGNS[character] ?? character.normalize('NFD').replace(/\p{M}/gu, '');
  return gsm7Length(plain) === undefined ? character : plain;
}
