import { expect, test } from 'vitest';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('a traceparent is read with its decision, and written as it was', () => {
  const context = parseTraceparent(TRACE);
  expect(context).toEqual({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    sampled: true,
  });
  expect(formatTraceparent(context!)).toBe(TRACE);
  expect(parseTraceparent(TRACE.replace(/01$/, '03'))).toMatchObject({ sampled: true });
  for (const flags of ['00', '02'])
    expect(parseTraceparent(TRACE.replace(/01$/, flags))).toMatchObject({ sampled: false });
});

test.each([
  undefined,
  '',
  ['00'],
  'vf_x',
  `${TRACE}-1`,
  ` ${TRACE}`,
  TRACE.replace('00-4bf', 'ff-4bf'),
  TRACE.replace('4bf', '4BF'),
  TRACE.replace(/-[0-9a-f]{32}-/, `-${'0'.repeat(32)}-`),
  TRACE.replace(/-[0-9a-f]{16}-/, `-${'0'.repeat(16)}-`),
])('%o is none', (text) => expect(parseTraceparent(text)).toBeUndefined());
