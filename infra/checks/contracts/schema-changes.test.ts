import { describe, expect, it } from 'vitest';
import type { Json } from './resolve-refs.ts';
import { findSchemaBreaks, type NewWords, type Side } from './schema-changes.ts';

const breaks = (side: Side, before: Json, after: Json, newWords: NewWords = 'nowhere'): string[] =>
  findSchemaBreaks(before, after, 'it', { side, newWords });
const object = (properties: Json, required: string[] = [], rest: Json = {}): Json => ({
  type: 'object',
  properties,
  required,
  ...rest,
});
const text = { type: 'string' };
const count = { type: 'integer' };

/** What takes away from those who write is what gives to those who read, and the other way round. */
const MIRRORED: [string, Json, Json, string, string][] = [
  [
    'a type that is no longer taken',
    { type: ['string', 'null'] },
    text,
    'it: its type was string or null and is string',
    '',
  ],
  [
    'a type that comes in its place',
    text,
    count,
    'it: its type was string and is integer',
    'it: its type was string and is integer',
  ],
  ['any number instead of whole ones', count, { type: 'number' }, '', 'it: its type was integer and is number'],
  ['a word less', { enum: ['a', 'b'] }, { enum: ['a'] }, 'it: b is no longer taken', ''],
  ['a word more', { enum: ['a'] }, { enum: ['a', 'b'] }, '', 'it: b is a new word'],
  ['words where anything went', text, { type: 'string', enum: ['a'] }, 'it: only certain words are taken now', ''],
  ['another constant', { const: 1 }, { const: 2 }, 'it: const was 1 and is 2', 'it: const was 1 and is 2'],
  ['a higher minimum', { minimum: 1 }, { minimum: 2 }, 'it: minimum was 1 and is 2', ''],
  ['a lower minimum', { minLength: 2 }, { minLength: 1 }, '', 'it: minLength was 2 and is 1'],
  [
    'a maximum where there was none',
    text,
    { type: 'string', maxLength: 5 },
    'it: maxLength was not there and is 5',
    '',
  ],
  ['a maximum that is gone', { maxItems: 5 }, {}, '', 'it: maxItems was 5 and is not there'],
  [
    'another pattern',
    { pattern: 'a' },
    { pattern: 'b' },
    'it: pattern was "a" and is "b"',
    'it: pattern was "a" and is "b"',
  ],
  ['a format that is gone', { format: 'date-time' }, {}, '', 'it: format was "date-time" and is not there'],
  ['a field that is gone', object({ a: text }), object({}), 'it.a: the field is gone', 'it.a: the field is gone'],
  ['a new field that may be given', object({}), object({ a: text }), '', ''],
  ['a new field that must be given', object({}), object({ a: text }, ['a']), 'it.a: it must be given now', ''],
  ['a field that must be given now', object({ a: text }), object({ a: text }, ['a']), 'it.a: it must be given now', ''],
  ['a field that may be absent now', object({ a: text }, ['a']), object({ a: text }), '', 'it.a: it may be absent now'],
  [
    'a field of another type',
    object({ a: text }),
    object({ a: count }),
    'it.a: its type was string and is integer',
    'it.a: its type was string and is integer',
  ],
  [
    'other fields no longer taken',
    object({}),
    object({}, [], { additionalProperties: false }),
    'it: other fields are no longer taken',
    '',
  ],
  [
    'other fields where there were none',
    object({}, [], { additionalProperties: false }),
    object({}),
    '',
    'it: it may have other fields now',
  ],
  [
    'entries of another type',
    { items: text },
    { items: count },
    'it[]: its type was string and is integer',
    'it[]: its type was string and is integer',
  ],
  ['a form less', { anyOf: [text, count] }, { anyOf: [text] }, 'it: its type was integer and is string', ''],
  ['a form more', text, { anyOf: [text, count] }, '', 'it: its type was string and is integer'],
  ['another default', { default: 1 }, { default: 2 }, 'it: default was 1 and is 2', ''],
  [
    'another order of words and new descriptions',
    { enum: ['a', 'b'] },
    { enum: ['b', 'a'], description: 'x', examples: ['a'] },
    '',
    '',
  ],
  [
    'what the check does not know',
    { not: text },
    { not: count },
    'it: not has changed, and this check cannot judge it',
    'it: not has changed, and this check cannot judge it',
  ],
];

describe.each(MIRRORED)('%s', (_, before, after, forWriters, forReaders) => {
  it('is judged for those who write', () => {
    expect(breaks('written', before, after)).toEqual(forWriters === '' ? [] : [forWriters]);
  });

  it('is judged for those who read', () => {
    expect(breaks('read', before, after)).toEqual(forReaders === '' ? [] : [forReaders]);
  });
});

it('finds a break however deep it lies', () => {
  const nested = (of: Json): Json =>
    object({ steps: { type: 'array', items: { anyOf: [{ enum: ['a'] }, object({ to: of })] } } });
  expect(breaks('written', nested(text), nested(count))).toEqual(['it.steps[].to: its type was string and is integer']);
});

describe('a new word in what is read', () => {
  const word = (...words: string[]): Json => ({ enum: words });
  const before = object({ must: word('a'), may: word('a') }, ['must']);

  it('is no break anywhere in what clients must bear new words in', () => {
    const after = object({ must: word('a', 'b'), may: word('a', 'b') }, ['must']);
    expect(breaks('read', before, after, 'anywhere')).toEqual([]);
  });

  it('is no break in an optional field of an event, which is left out then; but in one that must be there', () => {
    const after = object({ must: word('a', 'b'), may: word('a', 'b') }, ['must']);
    expect(breaks('read', before, after, 'optionalFields')).toEqual(['it.must: b is a new word']);
  });

  it('is a break below an optional field of an event, for only the event’s own fields are left out', () => {
    const deep = (...words: string[]): Json => object({ may: object({ may: word(...words) }) });
    expect(breaks('read', deep('a'), deep('a', 'b'), 'optionalFields')).toEqual(['it.may.may: b is a new word']);
  });

  it('is a break in what clients write, where a word is gone, whatever is said of new ones', () => {
    expect(breaks('written', word('a', 'b'), word('a'), 'anywhere')).toEqual(['it: b is no longer taken']);
  });

  it.each<[string, Json, string]>([
    ['a number', { type: 'integer' }, 'integer'],
    ['nothing', { type: 'null' }, 'null'],
    ['an object', { type: 'object' }, 'object'],
    ['a word of another type', { enum: ['a', 1] }, 'string or integer'],
    ['a constant of another type', { const: true }, 'boolean'],
    ['anything', {}, 'anything'],
    ['a word or nothing', { anyOf: [word('a'), { type: 'null' }] }, 'null'],
  ])('is a word and not %s', (_, after, shown) => {
    expect(breaks('read', word('a'), after, 'anywhere')).toContain(`it: its type was string and is ${shown}`);
    expect(breaks('read', { const: 'a' }, after, 'anywhere')).toContain(`it: its type was string and is ${shown}`);
  });

  it('may be any text, and any number where numbers were', () => {
    expect(breaks('read', word('a'), text, 'anywhere')).toEqual([]);
    expect(breaks('read', { enum: [1, 2] }, count, 'anywhere')).toEqual([]);
    expect(breaks('read', { enum: [1, null] }, { type: ['integer', 'null'] }, 'anywhere')).toEqual([]);
  });
});
