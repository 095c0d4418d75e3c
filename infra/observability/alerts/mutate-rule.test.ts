import { expect, test } from 'vitest';
import { mutateRule } from './mutate-rule.ts';

const rule = (expr: string, duration?: string) => ({
  alert: 'A',
  expr,
  ...(duration === undefined ? {} : { for: duration }),
  labels: {},
  annotations: {},
});
const exprsOf = (expr: string): string[] => mutateRule(rule(expr)).map((mutant) => mutant.rule.expr);

test('numbers that something is compared with are other ones; those of ranges, of labels and zeroes stay', () => {
  expect(exprsOf('rate(a{le="10"}[5m]) > 14.4 * 0.001')).toEqual([
    'rate(a{le="10"}[5m]) > 8.64 * 0.001',
    'rate(a{le="10"}[5m]) > 21.6 * 0.001',
  ]);
  expect(exprsOf('a == 0')).toEqual([]);
});

test('a leg is lost on either side, however deep; what `unless` names is only left out', () => {
  expect(exprsOf('a and b or c')).toEqual(['a and b', 'c', 'a or c', 'b or c']);
  expect(exprsOf('a and on (x) b')).toEqual(['a', 'b']);
  expect(exprsOf('a unless b')).toEqual(['a']);
});

test('`for` is half and double', () => {
  expect(mutateRule(rule('a', '5m')).map((mutant) => mutant.rule.for)).toEqual(['150s', '600s']);
});
