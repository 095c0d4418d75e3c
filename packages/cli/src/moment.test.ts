import { expect, test } from 'vitest';
import { parseMoment, resolveMoment } from './moment.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12, 0);
const at = (text: string): string => new Date(resolveMoment(parseMoment('--since', text), NOW_MS)).toISOString();

test.each([
  ['90s', '2026-11-23T11:58:30.000Z'],
  ['7d', '2026-11-16T12:00:00.000Z'],
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['2026-11-20T09:30Z', '2026-11-20T09:30:00.000Z'],
  ['2026-11-20T09:30:15.5+01:00', '2026-11-20T08:30:15.500Z'],
])('%s is %s', (text, iso) => {
  expect(at(text)).toBe(iso);
});

test.each([
  ['2026-11-20T09:30', 'no zone'],
  ['2026-13-20', 'no such month'],
  ['20.11.2026', 'another order'],
  ['2w', 'no such unit'],
  ['yesterday', 'a word'],
  ['', 'nothing'],
])('%j is no time: %s', (text) => {
  expect(() => parseMoment('--since', text)).toThrow(/--since must be so long ago/);
});
