import { EVENTS, REQUEST_TOPIC, CONTROL_TOPIC, INGRESS_RESULT_TOPIC } from '@watchword/contracts';
import { describe, expect, test } from 'vitest';
import { toMillionths } from './decimal.ts';
import { EXPORT_TABLES, TABLE_NAMES } from './tables.ts';

describe.each(TABLE_NAMES)('the table %s', (name) => {
  const { topic, columns, withheld } = EXPORT_TABLES[name];

  test('has every field of its events, or says why not', () => {
    const told = columns.flatMap(({ fields }) => fields).concat(Object.keys(withheld));
    expect([...new Set(told)].toSorted()).toEqual(Object.keys(EVENTS[topic].schema.properties).toSorted());
  });

  test('has no column twice', () => {
    const names = columns.map((column) => column.name);
    expect(new Set(names).size).toBe(names.length);
  });
});

test('requests, which hold sealed addresses, results of ingress, and what operators ask for are no tables', () => {
  const topics = TABLE_NAMES.map((name): string => EXPORT_TABLES[name].topic);
  const all = Object.keys(EVENTS).filter((topic) => !topics.includes(topic));
  expect(all.toSorted()).toEqual([CONTROL_TOPIC, INGRESS_RESULT_TOPIC, REQUEST_TOPIC].toSorted());
});

test.each<[string, bigint | undefined]>([
  ['0.0712', 71_200n],
  ['12', 12_000_000n],
  ['-0.5', -500_000n],
  ['0.12345678', 123_456n],
  ['123456789012.654321', 123_456_789_012_654_321n],
  [' 1.5 ', 1_500_000n],
  ['1e3', undefined],
  ['1,5', undefined],
  ['1234567890123', undefined],
  ['', undefined],
])('the amount %j is %s millionths', (text, millionths) => {
  expect(toMillionths(text)).toBe(millionths);
});
