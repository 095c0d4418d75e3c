import { isDeepStrictEqual } from 'node:util';
import { objectIn, type Json } from './resolve-refs.ts';

/**
 * `written`: by clients, so a newer schema must take all that the older one took. `read`: by clients, so the newer one
 * must promise all that the older one promised.
 */
export type Side = 'written' | 'read';

/**
 * Where what clients read may get new words in an enumeration, since clients are told to ignore what they do not know.
 * `optionalFields`: what `parseEvent` does, which leaves an optional field out whose word it does not know.
 */
export type NewWords = 'anywhere' | 'optionalFields' | 'here' | 'nowhere';

interface Rules {
  side: Side;
  newWords: NewWords;
}

/** What says nothing about which values fit. */
const ANNOTATIONS = ['title', 'description', 'examples', 'example', 'deprecated', '$comment'];
const LOWER_BOUNDS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER_BOUNDS = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
/** Two different ones may or may not overlap: any other value counts as another promise. */
const WHOLE = ['pattern', 'format', 'multipleOf', 'uniqueItems', 'const'];
const STRUCTURE = ['type', 'enum', 'properties', 'required', 'additionalProperties', 'items', 'default'];
const KNOWN = new Set([...ANNOTATIONS, ...LOWER_BOUNDS, ...UPPER_BOUNDS, ...WHOLE, ...STRUCTURE]);

/** What in a newer schema breaks clients of the older one. JSON Schema as far as the contracts use it; the rest may not change. */
export function findSchemaBreaks(before: Json, after: Json, at: string, rules: Rules): string[] {
  const [old, now] = [formsOf(before), formsOf(after)];
  if (old || now) return formBreaks(old ?? [before], now ?? [after], at, rules);
  return [
    ...typeBreaks(before, after, rules),
    ...wordBreaks(before, after, rules),
    ...boundBreaks(before, after, rules),
    ...wholeBreaks(before, after, rules),
    ...unknownBreaks(before, after),
  ]
    .map((what) => `${at}: ${what}`)
    .concat(
      fieldBreaks(before, after, at, rules),
      opennessBreaks(before, after, at, rules),
      itemBreaks(before, after, at, rules),
    );
}

/** The schemas of which one must fit, each with what holds for all of them; undefined where there is no choice. */
function formsOf(schema: Json): Json[] | undefined {
  const { anyOf, oneOf, ...common } = schema;
  const forms = (anyOf ?? oneOf) as Json[] | undefined;
  return forms?.map((form) => ({ ...common, ...form }));
}

/** Every form that may come must be one that is understood; else what keeps it from the most similar one is told. */
function formBreaks(old: Json[], now: Json[], at: string, rules: Rules): string[] {
  const closest = (options: string[][]): string[] =>
    options.reduce((best, next) => (next.length < best.length ? next : best));
  const perForm =
    rules.side === 'written'
      ? old.map((one) => closest(now.map((other) => findSchemaBreaks(one, other, at, rules))))
      : now.map((other) => closest(old.map((one) => findSchemaBreaks(one, other, at, rules))));
  return perForm.flat();
}

/** The schema that must allow no less, and the one that must allow no more. */
function wideAndNarrow(before: Json, after: Json, { side }: Rules): { wide: Json; narrow: Json } {
  return side === 'written' ? { wide: after, narrow: before } : { wide: before, narrow: after };
}

function typeBreaks(before: Json, after: Json, rules: Rules): string[] {
  const { wide, narrow } = wideAndNarrow(before, after, rules);
  const allowed = typesOf(wide);
  if (!allowed) return [];
  const fits = (type: string): boolean => allowed.includes(type) || (type === 'integer' && allowed.includes('number'));
  if (typesOf(narrow)?.every(fits)) return [];
  const shown = (schema: Json): string => typesOf(schema)?.join(' or ') ?? 'anything';
  return [`its type was ${shown(before)} and is ${shown(after)}`];
}

/** What its values may be. Enumerations are written without `type`: then it is that of their words, and a new word is none of another type. */
function typesOf({ type, enum: words, const: constant }: Json): string[] | undefined {
  if (type !== undefined) return [type].flat() as string[];
  const values = (words as unknown[] | undefined) ?? (constant === undefined ? undefined : [constant]);
  return values && [...new Set(values.map(typeOf))];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function wordBreaks(before: Json, after: Json, rules: Rules): string[] {
  if (rules.side === 'read' && (rules.newWords === 'anywhere' || rules.newWords === 'here')) return [];
  const { wide, narrow } = wideAndNarrow(before, after, rules);
  const allowed = wide['enum'] as unknown[] | undefined;
  if (!allowed) return [];
  const words = narrow['enum'] as unknown[] | undefined;
  if (!words) return [rules.side === 'written' ? 'only certain words are taken now' : 'it may be any word now'];
  const strangers = words.filter((word) => !allowed.includes(word)).map(String);
  if (strangers.length === 0) return [];
  return [`${strangers.join(', ')} ${rules.side === 'written' ? 'is no longer taken' : 'is a new word'}`];
}

function boundBreaks(before: Json, after: Json, rules: Rules): string[] {
  const { wide, narrow } = wideAndNarrow(before, after, rules);
  const exceeds = (name: string, isLower: boolean): boolean => {
    const [limit, value] = [wide[name], narrow[name]] as (number | undefined)[];
    if (limit === undefined) return false;
    return value === undefined || (isLower ? value < limit : value > limit);
  };
  const broken = [
    ...LOWER_BOUNDS.filter((name) => exceeds(name, true)),
    ...UPPER_BOUNDS.filter((name) => exceeds(name, false)),
  ];
  return broken.map((name) => `${name} was ${shown(before[name])} and is ${shown(after[name])}`);
}

function wholeBreaks(before: Json, after: Json, rules: Rules): string[] {
  const { wide, narrow } = wideAndNarrow(before, after, rules);
  const names = WHOLE.filter((name) => wide[name] !== undefined && !isDeepStrictEqual(wide[name], narrow[name]));
  // what a client leaves out would mean something else
  if (rules.side === 'written' && !isDeepStrictEqual(before['default'], after['default'])) names.push('default');
  return names.map((name) => `${name} was ${shown(before[name])} and is ${shown(after[name])}`);
}

function shown(value: unknown): string {
  return value === undefined ? 'not there' : JSON.stringify(value);
}

function unknownBreaks(before: Json, after: Json): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => !KNOWN.has(name) && !isDeepStrictEqual(before[name], after[name]))
    .map((name) => `${name} has changed, and this check cannot judge it`);
}

function fieldBreaks(before: Json, after: Json, at: string, rules: Rules): string[] {
  const [old, now] = [objectIn(before, 'properties'), objectIn(after, 'properties')];
  const required = (schema: Json): string[] => (schema['required'] as string[] | undefined) ?? [];
  const { wide, narrow } = wideAndNarrow(before, after, rules);
  const lost = required(wide).filter((name) => !required(narrow).includes(name) && name in now);
  const why = rules.side === 'written' ? 'must be given now' : 'may be absent now';
  return [
    ...lost.map((name) => `${at}.${name}: it ${why}`),
    ...Object.entries(old).flatMap(([name, field]) => {
      if (!(name in now)) return [`${at}.${name}: the field is gone`];
      const newWords = wordsWithin(rules.newWords, !required(before).includes(name));
      return findSchemaBreaks(field as Json, now[name] as Json, `${at}.${name}`, { ...rules, newWords });
    }),
  ];
}

function wordsWithin(newWords: NewWords, optional: boolean): NewWords {
  if (newWords === 'anywhere') return newWords;
  return newWords === 'optionalFields' && optional ? 'here' : 'nowhere';
}

function opennessBreaks(before: Json, after: Json, at: string, rules: Rules): string[] {
  const { wide, narrow } = wideAndNarrow(before, after, rules);
  const [limit, value] = [wide['additionalProperties'] ?? true, narrow['additionalProperties'] ?? true];
  if (limit === true || isDeepStrictEqual(limit, value)) return [];
  if (typeof limit === 'object' && typeof value === 'object') {
    const [old, now] = rules.side === 'written' ? [value, limit] : [limit, value];
    return findSchemaBreaks(old as Json, now as Json, `${at}.*`, {
      ...rules,
      newWords: wordsWithin(rules.newWords, false),
    });
  }
  return [`${at}: ${rules.side === 'written' ? 'other fields are no longer taken' : 'it may have other fields now'}`];
}

function itemBreaks(before: Json, after: Json, at: string, rules: Rules): string[] {
  const [old, now] = [before['items'], after['items']] as (Json | undefined)[];
  const { wide, narrow } = wideAndNarrow(before, after, rules);
  if (old && now) {
    return findSchemaBreaks(old, now, `${at}[]`, { ...rules, newWords: wordsWithin(rules.newWords, false) });
  }
  return wide['items'] && !narrow['items'] ? [`${at}: what it lists has changed`] : [];
}
