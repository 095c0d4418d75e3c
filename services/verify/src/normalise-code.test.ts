import { expect, it } from 'vitest';
import { normaliseCode } from './normalise-code.ts';

it.each([
  ['721849', 'as it was sent'],
  ['721 849', 'with a blank'],
  ['721-849', 'with a hyphen'],
  ['721–849', 'with a dash'],
  ['721\u00a0849\r\n', 'with a hard blank and a line break'],
  ['721\u200b849', 'with an invisible character'],
  ['721849.', 'with a full stop'],
  ['٧٢١٨٤٩', 'in Arabic-Indic digits'],
  ['۷۲۱۸۴۹', 'in Persian digits'],
  ['७२१८४९', 'in Devanagari digits'],
  ['৭২১৮৪৯', 'in Bengali digits'],
  ['７２１８４９', 'in full-width digits'],
])('takes %j, %s', (typed) => {
  expect(normaliseCode(typed)).toBe('721849');
});

it.each(['', '   ', '-', '\u200b', ' . '])('leaves nothing of %j, which is no code', (typed) => {
  expect(normaliseCode(typed)).toBe('');
});

it('keeps what is wrong wrong', () => {
  expect(normaliseCode('72184x')).toBe('72184x');
});
