import { expect, it } from 'vitest';
import { resolveRefs } from './resolve-refs.ts';

it('puts what is referred to in its place, through other references and escaped names', () => {
  const document = { a: { $ref: '#/b/x~1y' }, b: { 'x/y': { of: { $ref: '#/c' } } }, c: 1, list: [{ $ref: '#/c' }] };
  expect(resolveRefs(document)).toEqual({ a: { of: 1 }, b: { 'x/y': { of: 1 } }, c: 1, list: [1] });
});

it.each([
  ['leads nowhere', { a: { $ref: '#/b' } }],
  ['leads out of the document', { a: { $ref: 'other.json#/b' } }],
  ['refers to itself', { a: { b: { $ref: '#/a' } } }],
])('refuses a reference that %s', (what, document) => {
  expect(() => resolveRefs(document)).toThrow(what);
});
