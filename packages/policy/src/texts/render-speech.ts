import { escapeMarkup, fill } from './fill.ts';
import type { Texts } from './texts.ts';

/** As providers advise (reference: voice practice): a breath between digits, a longer one before the repetition. */
const DIGIT_BREAK = '<break time="400ms"/>';
const SENTENCE_BREAK = '<break time="700ms"/>';

/**
 * SSML that reads the code twice, slowly and digit by digit ("123456" would be read as a number).
 * Brands are escaped; all else comes from our table.
 */
export function renderSpeech(texts: Texts, values: { code: string; brand: string }): string {
  const digits = Array.from(values.code, escapeMarkup).join(DIGIT_BREAK);
  const spoken = [
    fill(escapeMarkup(texts.voiceGreeting), { brand: escapeMarkup(values.brand) }),
    escapeMarkup(texts.voiceCode),
    digits,
    escapeMarkup(texts.voiceAgain),
    digits,
    escapeMarkup(texts.voiceGoodbye),
  ];
  return `<speak><prosody rate="slow">${spoken.join(SENTENCE_BREAK)}</prosody></speak>`;
}
