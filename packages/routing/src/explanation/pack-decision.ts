import type { IneligibleReason, RouteRule } from '../choice/router.ts';
import { rankCandidates } from './rank-candidates.ts';
import type { StoredCandidate, StoredDecision } from './stored-decision.ts';

/**
 * Every live verification keeps this for each of its attempts. Two pieces of a record's hash (64 bytes at most): with them it takes
 * one size class of Redis' allocator more, 128 bytes, and a verification stays below the 2,000 bytes that it may cost.
 */
export const PACKED_MAX_BYTES = 120;

/** What a record keeps of a decision: who was considered, as far as it fits. */
export interface KeptDecision {
  /**
   * In the order of preference, without those left out. Mean and sends are kept of the chosen one alone, of an excluded one only its
   * reason. Scores and means are rounded to a thousandth, the propensity to a ten-thousandth, prices to four digits; the moment of
   * the scores is not kept.
   */
  decision: StoredDecision;
  /** How many candidates did not fit; the attempt's event has them. */
  leftOut: { eligible: number; excluded: number };
}

/** Letters are stored: one that was used once never gets another meaning. */
const RULES: Readonly<Record<RouteRule, string>> = {
  none_eligible: 'n',
  only_eligible: 'o',
  probed: 'h',
  pinned: 'p',
  weighted: 'w',
  explored: 'x',
  best_score: 'b',
  cheapest_within_tolerance: 'c',
  kept_incumbent: 'k',
};
const REASONS: Readonly<Record<IneligibleReason, string>> = {
  tried: 't',
  unknown_result: 'u',
  in_flight_full: 'f',
  throughput: 'm',
  breaker: 'b',
  drained: 'd',
  sender: 's',
  residency: 'r',
  country: 'c',
  price: 'p',
  used_before: 'e',
};

/** The attempt itself names its provider. */
const CHOSEN = '*';
/** What separates parts is in no name. */
const NAME = /^[\w.-]{1,32}$/;
/** A word of another version goes along as it is, but not for ever: longer than any that there is. */
const WORD_MAX_CHARS = 24;
/** Nobody compares messages by more. */
const PRICE_DIGITS = 4;

/**
 * A decision in at most `PACKED_MAX_BYTES` of ASCII, for the record of its verification. Parts by `|`: the rule with the propensity in
 * ten-thousandths (none: 1), then candidates in the order of preference, then what did not fit.
 *
 *     b9967|*,913,901,200,.012|south,905,.015|ring!b|+2,1
 *
 * The chosen one with score, mean, sends, price; others with score and price; an excluded one with its reason; two eligible ones and
 * an excluded one left out. Scores and means in thousandths.
 */
export function packDecision(decision: StoredDecision, provider: string): string {
  const head = packWord(decision.rule, RULES) + packPropensity(decision.propensity);
  const parts = new Map<StoredCandidate, string>();
  const leftOut = { eligible: 0, excluded: 0 };
  // who did not fit is told too: there is always room for that
  const room =
    PACKED_MAX_BYTES - head.length - packLeftOut(decision.candidates.length, decision.candidates.length).length;
  let used = 0;
  for (const candidate of rankCandidates(decision.candidates, provider)) {
    const part = packCandidate(candidate, provider);
    if (part === undefined || used + part.length > room) leftOut[candidate.eligible ? 'eligible' : 'excluded']++;
    else {
      parts.set(candidate, part);
      used += part.length;
    }
  }
  const kept = decision.candidates.map((candidate) => parts.get(candidate) ?? '');
  const { eligible, excluded } = leftOut;
  return head + kept.join('') + (eligible + excluded > 0 ? packLeftOut(eligible, excluded) : '');
}

/** With the separator before it. Undefined where its name would break what is packed. */
function packCandidate(candidate: StoredCandidate, chosen: string): string | undefined {
  const { provider, eligible, reason = '', score, mean, n, price } = candidate;
  if (!NAME.test(provider)) return undefined;
  if (!eligible) return `|${provider}!${packWord(reason, REASONS)}`;
  const facts =
    provider === chosen
      ? [CHOSEN, packShare(score), packShare(mean), packCount(n), packPrice(price)]
      : [provider, packShare(score), packPrice(price)];
  return `|${facts.join(',').replace(/,+$/, '')}`;
}

const packLeftOut = (eligible: number, excluded: number): string => `|+${eligible},${excluded}`;

function packWord(word: string, letters: Readonly<Record<string, string>>): string {
  if (Object.hasOwn(letters, word)) return letters[word]!;
  return `=${word.replaceAll(/[^\w.-]/g, '_').slice(0, WORD_MAX_CHARS)}=`;
}

function packPropensity(propensity: number | undefined): string {
  if (propensity === undefined) return '?';
  return propensity === 1 ? '' : String(Math.round(propensity * 10_000));
}

function packShare(share: number | undefined): string {
  return share === undefined ? '' : String(Math.round(share * 1_000));
}

const packCount = (n: number | undefined): string => (n === undefined ? '' : String(n));

function packPrice(price: number | undefined): string {
  return price === undefined ? '' : String(Number(price.toPrecision(PRICE_DIGITS))).replace(/^0\./, '.');
}

/** The rule, as a letter or a word; the propensity; the rest. */
const PACKED = /^(?:([a-z])|=([\w.-]*)=)(\?|\d*)((?:\|.*)?)$/;

/**
 * @param provider whom the attempt went to
 * @returns undefined for what no version has packed, and for '': the record does not know why
 */
export function unpackDecision(packed: string, provider: string): KeptDecision | undefined {
  const [, letter, word, propensity, rest] = PACKED.exec(packed) ?? [];
  if (rest === undefined) return undefined;
  const leftOut = { eligible: 0, excluded: 0 };
  const candidates: StoredCandidate[] = [];
  for (const part of rest.split('|').slice(1)) {
    if (part.startsWith('+')) [leftOut.eligible = 0, leftOut.excluded = 0] = part.slice(1).split(',').map(Number);
    else candidates.push(unpackCandidate(part, provider));
  }
  const rule = letter === undefined ? (word ?? '') : unpackLetter(letter, RULES);
  return {
    decision: {
      rule,
      candidates,
      ...(propensity !== '?' && { propensity: propensity === '' ? 1 : Number(propensity) / 10_000 }),
    },
    leftOut,
  };
}

function unpackCandidate(part: string, chosen: string): StoredCandidate {
  const [excluded, reason] = part.split('!');
  if (reason !== undefined) {
    const why = reason.startsWith('=') ? reason.slice(1, -1) : unpackLetter(reason, REASONS);
    return { provider: excluded!, eligible: false, ...(why !== '' && { reason: why }) };
  }
  const [name, score, ...more] = part.split(',');
  const [mean, n, price] = name === CHOSEN ? more : [undefined, undefined, more[0]];
  return {
    provider: name === CHOSEN ? chosen : name!,
    eligible: true,
    ...(score && { score: Number(score) / 1_000 }),
    ...(mean && { mean: Number(mean) / 1_000 }),
    ...(n && { n: Number(n) }),
    ...(price && { price: Number(price) }),
  };
}

/** A letter of a later version stands for itself. */
function unpackLetter(letter: string, letters: Readonly<Record<string, string>>): string {
  return Object.keys(letters).find((word) => letters[word] === letter) ?? letter;
}
