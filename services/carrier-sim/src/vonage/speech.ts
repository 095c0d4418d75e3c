/** What a person hears of a call. */
export interface Speech {
  words: string;
  /** Roughly how long it takes, in seconds, at an announcement's pace. */
  seconds: number;
}

export interface TalkAction {
  text: string;
  /** Times it is said; 0 means until the line goes dead. */
  loop?: number;
}

/** Seconds that a spoken word takes, and a single digit or letter. */
const WORD_S = 0.4;

/** A repeated text is said in full once, with a remark: a listener hears the same words again. */
const TIMES = ['over and over', 'once', 'twice', 'three times', 'four times', 'five times'];

/** @param endlessS how long an endless repetition lasts at most */
export function hearTalk(actions: TalkAction[], endlessS: number): Speech {
  const heard = actions.map(({ text, loop = 1 }) => {
    const once = hearText(text);
    const remark = loop === 1 || once.words === '' ? '' : ` (said ${TIMES[loop] ?? 'many times'})`;
    return { words: once.words + remark, seconds: loop === 0 ? endlessS : once.seconds * loop };
  });
  return {
    words: heard
      .map(({ words }) => words)
      .filter((words) => words !== '')
      .join(' '),
    seconds: heard.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** Plain text is read as it stands; SSML (https://www.w3.org/TR/speech-synthesis11/) loses its tags. */
export function hearText(text: string): Speech {
  const isSsml = text.trimStart().startsWith('<speak');
  const { spoken, pauseS } = isSsml ? readSsml(text) : { spoken: text, pauseS: 0 };
  const words = spoken
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ([,.;:!?])/g, '$1')
    .trim();
  const count = words === '' ? 0 : words.split(' ').length;
  return { words, seconds: count * WORD_S + pauseS };
}

const TOKEN = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([a-zA-Z][\w:-]*)((?:"[^"]*"|'[^']*'|[^>"'])*?)(\/?)>|[^<]+|</g;
/** `say-as` interpretations that are read character by character. */
const SPELLED = new Set(['digits', 'characters', 'spell-out', 'telephone', 'verbatim']);
const PAUSES_S: Record<string, number> = {
  none: 0,
  'x-weak': 0.1,
  weak: 0.25,
  medium: 0.5,
  strong: 0.75,
  'x-strong': 1,
};
/** What a bare `<break/>` lasts. */
const PAUSE_DEFAULT_S = 0.5;

function readSsml(ssml: string): { spoken: string; pauseS: number } {
  let spoken = '';
  let pauseS = 0;
  const open: { name: string; spelled: boolean; silent: boolean }[] = [];
  for (const [token, closing, name, attributes = '', selfClosing] of ssml.matchAll(TOKEN)) {
    if (name === undefined) {
      if (token.startsWith('<!--') || token.startsWith('<?') || open.at(-1)?.silent) continue;
      const text = decodeEntities(token);
      spoken += open.at(-1)?.spelled ? Array.from(text.replaceAll(/\s/g, '')).join(' ') : text;
    } else if (closing) {
      const index = open.findLastIndex((element) => element.name === name);
      if (index >= 0) open.length = index;
      if (separatesWords(name)) spoken += ' ';
    } else {
      const { sound, pause } = enter(name, attributes);
      spoken += sound;
      pauseS += pause;
      if (!selfClosing) {
        const spelled = name === 'say-as' ? SPELLED.has(attribute(attributes, 'interpret-as') ?? '') : false;
        open.push({ name, spelled: spelled || (open.at(-1)?.spelled ?? false), silent: name === 'sub' });
      }
    }
  }
  return { spoken, pauseS };
}

/** What an opening tag adds by itself. */
function enter(name: string, attributes: string): { sound: string; pause: number } {
  switch (name) {
    case 'break':
      return { sound: ' ', pause: breakSeconds(attributes) };
    case 'sub':
      return { sound: attribute(attributes, 'alias') ?? '', pause: 0 };
    default:
      return { sound: separatesWords(name) ? ' ' : '', pause: 0 };
  }
}

/** Emphasis and the like stand within a word's flow; the others part what is before from what is inside. */
function separatesWords(name: string): boolean {
  return ['speak', 'p', 's', 'say-as', 'prosody', 'voice', 'lang'].includes(name);
}

function breakSeconds(attributes: string): number {
  const match = /^([0-9]*\.?[0-9]+)(ms|s)$/.exec(attribute(attributes, 'time') ?? '');
  if (match) return Number(match[1]) / (match[2] === 'ms' ? 1000 : 1);
  return PAUSES_S[attribute(attributes, 'strength') ?? ''] ?? PAUSE_DEFAULT_S;
}

function attribute(attributes: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes);
  const value = match?.[1] ?? match?.[2];
  return value === undefined ? undefined : decodeEntities(value);
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replaceAll(/&(#?)(x?)(\w{1,8});/g, (entity: string, hash: string, hex: string, name: string) => {
    if (hash === '') return ENTITIES[hex + name] ?? entity;
    const codePoint = Number.parseInt(name, hex === '' ? 10 : 16);
    return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : entity;
  });
}

/** The first part of what was said, when the line went dead before its end. */
export function cutSpeech(words: string, share: number): string {
  if (share >= 1) return words;
  const all = words.split(' ');
  return `${all.slice(0, Math.max(1, Math.floor(all.length * share))).join(' ')} …`;
}
